"""A simulated cloud of lock vendors: real TLS, their signatures, tokens, envelopes, paging and errors, locks that update
themselves in a scripted course, and faults on request.

It knows nothing of Lockwright: what it verifies, it verifies by the vendors' rules with hashlib and hmac.
"""
