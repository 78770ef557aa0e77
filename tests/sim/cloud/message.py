"""A request as the vendors look at it, and an answer as they give it."""
import dataclasses
import json
import urllib.parse


@dataclasses.dataclass
class Request:
    method: str
    target: str
    headers: object          # as http.server parsed them: names in any case
    body: bytes = b""

    def __post_init__(self):
        path, _, query = self.target.partition("?")
        self.path = urllib.parse.unquote(path)
        self.query = urllib.parse.parse_qsl(query, keep_blank_values=True)

    def header(self, name):
        return self.headers.get(name) or ""

    def bearer(self):
        word, _, token = self.header("Authorization").partition(" ")
        return token if word.lower() == "bearer" else ""

    def json(self):
        """The body, or {} when it is no JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def form(self):
        text = self.body.decode("utf-8", "replace") if "form" in self.header("Content-Type") else ""
        return dict(self.query) | dict(urllib.parse.parse_qsl(text, keep_blank_values=True))


@dataclasses.dataclass
class Answer:
    value: object = None     # JSON; None: an empty body
    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    content_type: str = "application/json"
    raw: bytes | None = None

    def body(self):
        if self.raw is not None:
            return self.raw
        return b"" if self.value is None else json.dumps(self.value).encode()


@dataclasses.dataclass
class Note:
    """What a vendor found out about a request, for the journal."""
    signed: str = "none"     # "good", or what is wrong
    code: str = ""
    effect: bool = False     # something in the world began
    device: str = ""
