"""Writes blob_vectors.json: secrets at rest as other programs write them, made without any code of this repository.

    python3 tests/services/wallet/blob_vectors.py > tests/services/wallet/blob_vectors.json

Needs the `cryptography` package, 44 or newer, over OpenSSL 3.2 or newer (Argon2id and AES-256-GCM). Salts and nonces are fixed, so
that the same file comes out.
"""
import base64
import hashlib
import json

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id


def seal(secret: bytes, passphrase: str, salt: bytes, nonce: bytes) -> str:
    kdf = Argon2id(salt=salt, length=32, iterations=1, lanes=4, memory_cost=64 * 1024)
    key = kdf.derive(passphrase.encode())
    return base64.b64encode(salt + nonce + AESGCM(key).encrypt(nonce, secret, None)).decode()


def filler(label: str, size: int) -> bytes:
    return hashlib.sha512(label.encode()).digest()[:size]


CASES = [
    ("one key", 32, "correct horse battery staple"),
    ("two keys", 65, "correct horse battery staple"),
    ("a passphrase beyond ASCII", 32, "pässwörter 🔑 長い"),
    ("a passphrase with spaces at its ends", 32, "  twelve chars  "),
    ("a long passphrase", 32, "x" * 1024),
]

vectors = []
for name, size, passphrase in CASES:
    secret = filler(f"secret {name}", size)
    if size == 65:
        secret = b"\x01" + secret[1:] + b"\x02" * (65 - len(secret))
    salt, nonce = filler(f"salt {name}", 16), filler(f"nonce {name}", 12)
    blob = seal(secret, passphrase, salt, nonce)
    vectors.append({"name": name, "secret": secret.hex(), "passphrase": passphrase, "blob": blob})
print(json.dumps(vectors, indent=2, ensure_ascii=False))
