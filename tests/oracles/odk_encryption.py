"""What a device encrypts by ODK's scheme, made with another library, is opened here: odk_encryption.py KISH PLACE

Interviews are encrypted as ODK Collect does it and opened with `kish open`; each variant that must not open is a line with
its status, and stops no other. With `--vector FILE` instead it writes the fixed vector that the Rust tests read.
Everything in them is made up. Exit 1 where a line is another one.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.padding import PKCS7

try:
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
except ImportError:
    from cryptography.hazmat.primitives.ciphers.modes import CFB

ANSWERS = '<data id="encrypted" version="1" xmlns:orx="http://openrosa.org/xforms"><a>1</a><orx:meta><orx:instanceID>%s</orx:instanceID></orx:meta></data>'


def wrap(key: rsa.RSAPrivateKey, secret: bytes, mask=hashes.SHA256) -> str:
    scheme = padding.OAEP(mgf=padding.MGF1(mask()), algorithm=hashes.SHA256(), label=None)
    return base64.b64encode(key.public_key().encrypt(secret, scheme)).decode()


def encrypt(key: rsa.RSAPrivateKey, instance_id: str, files: dict[str, bytes], mask=hashes.SHA256, signed: bool = True) -> tuple[str, dict[str, bytes]]:
    """The manifest and the encrypted parts; the answers are the last of the files."""
    secret = os.urandom(32)
    seed = bytearray(hashlib.md5(instance_id.encode() + secret).digest())
    parts = {}
    for count, (name, content) in enumerate(files.items()):
        seed[count % 16] = (seed[count % 16] + 1) % 256
        padder = PKCS7(128).padder()
        padded = padder.update(content) + padder.finalize()
        cipher = Cipher(algorithms.AES(secret), CFB(bytes(seed))).encryptor()
        parts[f"{name}.enc"] = cipher.update(padded) + cipher.finalize()
    wrapped = wrap(key, secret, mask)
    lines = ["encrypted", "1", wrapped, instance_id] + [f"{name}::{hashlib.md5(content).hexdigest()}" for name, content in files.items()]
    mark = wrap(key, hashlib.md5("".join(line + "\n" for line in lines).encode()).digest(), mask)
    media = "".join(f"<media><file>{name}</file></media>" for name in list(parts)[:-1])
    mark = f"<base64EncryptedElementSignature>{mark}</base64EncryptedElementSignature>" if signed else ""
    manifest = (
        '<data xmlns="http://www.opendatakit.org/xforms/encrypted" id="encrypted" version="1" encrypted="yes">'
        f"<base64EncryptedKey>{wrapped}</base64EncryptedKey>"
        f'<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>{instance_id}</orx:instanceID></orx:meta>'
        f"{media}<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>{mark}</data>"
    )
    return manifest, parts


def interview(instance_id: str, n_media: int = 0) -> dict[str, bytes]:
    """Files of lengths below, at and above a block; more than sixteen count once around the vector's bytes."""
    media = {f"{n}.jpg": bytes((n * 7 + i) % 256 for i in range(n)) for n in range(1, n_media + 1)}
    return {**media, "submission.xml": (ANSWERS % instance_id).encode()}


def pem(key: rsa.RSAPrivateKey, form=serialization.PrivateFormat.PKCS8) -> str:
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def put(folder: Path, manifest: str, parts: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    (folder / "submission.xml").write_text(manifest)
    for name, content in parts.items():
        (folder / name).write_bytes(content)


def cases(key: rsa.RSAPrivateKey, other: rsa.RSAPrivateKey) -> dict[str, tuple[str, dict[str, bytes], str | tuple[str, str]]]:
    """Each case: the manifest, the parts, and how its line must begin."""
    found = {}
    whole = encrypt(key, "uuid:whole", interview("uuid:whole", 17))
    found["whole"] = (*whole, "opened")
    found["alone"] = (*encrypt(key, "uuid:alone", interview("uuid:alone")), "opened")
    found["unsigned"] = (*encrypt(key, "uuid:unsigned", interview("uuid:unsigned", 1), signed=False), "opened")
    found["mask"] = (*encrypt(key, "uuid:mask", interview("uuid:mask"), mask=hashes.SHA1), "wrong key, or wrapped otherwise")
    found["stranger"] = (*encrypt(other, "uuid:stranger", interview("uuid:stranger")), "wrong key")
    manifest, parts = whole
    found["missing"] = (manifest, {name: content for name, content in parts.items() if name != "3.jpg.enc"}, "part missing 3.jpg.enc")
    found["exchanged"] = (manifest, {**parts, "submission.xml.enc": encrypt(key, "uuid:whole", interview("uuid:whole"))[1]["submission.xml.enc"]}, ("damaged submission.xml.enc", "signature differs"))
    found["short"] = (manifest, {**parts, "5.jpg.enc": parts["5.jpg.enc"][:-3]}, "damaged 5.jpg.enc")
    manifest, parts = encrypt(key, "uuid:flipped", {"long.txt": b"a" * 64, **interview("uuid:flipped")})
    flipped = bytearray(parts["long.txt.enc"])
    flipped[0] ^= 1
    found["flipped"] = (manifest, {**parts, "long.txt.enc": bytes(flipped)}, "signature differs")
    found["elsewhere"] = (*encrypt(key, "uuid:elsewhere", interview("uuid:another")), "answers differ")
    found["after"] = (*encrypt(key, "uuid:after", interview("uuid:after", 2)), "opened")
    return found


def vector(path: Path) -> None:
    key, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    files = interview("uuid:whole", 17)
    manifest, parts = encrypt(key, "uuid:whole", files)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    base64_of = lambda named: {name: base64.b64encode(content).decode() for name, content in named.items()}
    path.write_text(json.dumps({
        "about": "Written by tests/oracles/odk_encryption.py --vector; the keys open nothing else.",
        "public_key": base64.b64encode(public).decode(), "pkcs8": pem(key), "pkcs1": pem(key, serialization.PrivateFormat.TraditionalOpenSSL),
        "other_key": pem(other), "manifest": manifest, "parts": base64_of(parts), "files": base64_of(files),
        "manifest_mgf1_sha1": encrypt(key, "uuid:whole", files, mask=hashes.SHA1)[0],
    }, indent=1) + "\n")


def main() -> None:
    if sys.argv[1] == "--vector":
        return vector(Path(sys.argv[2]))
    kish, place = sys.argv[1], Path(sys.argv[2])
    shutil.rmtree(place, ignore_errors=True)
    key, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    asked = cases(key, other)
    for name, (manifest, parts, _) in asked.items():
        put(place / "in" / name, manifest, parts)
    for kind, form in (("pkcs8", serialization.PrivateFormat.PKCS8), ("pkcs1", serialization.PrivateFormat.TraditionalOpenSSL)):
        (place / "key.pem").write_text(pem(key, form))
        out = place / f"out-{kind}"
        call = [kish, "open", "--key", str(place / "key.pem"), "--out", str(out), *(str(place / "in" / name) for name in asked)]
        answer = subprocess.run(call, capture_output=True, text=True)
        assert answer.returncode == 1, answer
        lines = answer.stdout.splitlines()
        assert len(lines) == len(asked), answer.stdout
        for line, (name, (_, _, status)) in zip(lines, asked.items()):
            path, said = line.split("\t")
            # One padding in 256 of another key's is a padding by chance: then the checksum tells.
            assert path == str(place / "in" / name) and said.startswith(status), line
            assert (out / name).exists() == (status == "opened"), name
        for name, content in interview("uuid:whole", 17).items():
            assert (out / "whole" / name).read_bytes() == content, name
    print(f"OK: {len(asked)} encrypted interviews, each a line with its status, with a key in either form")


if __name__ == "__main__":
    main()
