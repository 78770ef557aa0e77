"""Every request that arrived, whether its signature held, what was answered and whether it did anything."""
import json
import threading
import time


class Journal:
    def __init__(self, path=None):
        self.entries = []
        self.changed = threading.Condition()
        self.file = open(path, "a", encoding="utf-8") if path else None

    def add(self, **entry):
        with self.changed:
            entry = {"n": len(self.entries) + 1, "at": time.time(), **entry}
            self.entries.append(entry)
            if self.file:
                self.file.write(json.dumps(entry) + "\n")
                self.file.flush()
            self.changed.notify_all()

    def select(self, since=0, **wanted):
        """Entries after number `since` whose fields have these values."""
        with self.changed:
            return [e for e in self.entries[since:] if all(e.get(key) == value for key, value in wanted.items())]
