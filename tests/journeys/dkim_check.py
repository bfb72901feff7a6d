"""Keys for DKIM, and another program's word on our signatures.

usage: dkim_check.py make rsa|ed25519 FOLDER     writes FOLDER/dkim.pem and FOLDER/dkim.txt, the text for DNS
       dkim_check.py verify FOLDER FILE...       prints `good FILE` or `bad FILE` for each mail
"""

import base64
import pathlib
import sys

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


def make(kind, folder):
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    else:
        key = ed25519.Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "dkim.pem").write_bytes(pem)
    (folder / "dkim.txt").write_text(f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}")


def verify(folder, files):
    record = (folder / "dkim.txt").read_bytes()
    for file in files:
        mail = pathlib.Path(file).read_bytes()
        asked = []

        def dns(name, timeout=5):
            asked.append(name)
            return record

        try:
            good = dkim.verify(mail, dnsfunc=dns) and asked == [b"seawall._domainkey.example.com."]
        except dkim.DKIMException as error:
            print(error, file=sys.stderr)
            good = False
        print("good" if good else "bad", file)


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], pathlib.Path(sys.argv[3]))
    else:
        verify(pathlib.Path(sys.argv[2]), sys.argv[3:])
