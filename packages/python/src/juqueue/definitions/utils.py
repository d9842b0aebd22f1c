import hashlib

_LONGEST = 128


def unique_hash(string: str, length: int = 24) -> str:
    """The first `length` hexadecimal digits (1 to 128) of the SHA-512 of a text: a short name for long parameters."""
    if not 0 < length <= _LONGEST:
        raise ValueError(f"length is {length}, expected 1 to {_LONGEST}")
    return hashlib.sha512(string.encode("utf-8")).hexdigest()[:length]
