"""A passkey in software: it answers the ceremonies of WebAuthn as a browser with an authenticator would."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from os import urandom
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

FLAGS = AuthenticatorData.FLAG


@dataclass
class Passkey:
    """One passkey, and the page that asks for it. `verifies` says whether it asks for a finger, face or PIN."""

    origin: str = "http://testserver"
    rp_id: str = "testserver"
    verifies: bool = True
    id: bytes = field(default_factory=lambda: urandom(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user_handle: str = ""

    def create(self, options: dict[str, Any]) -> str:
        """Return what the browser sends when the passkey is made, as JSON."""
        public = options["creation_options"]["publicKey"]
        self.user_handle = public["user"]["id"]
        credential = AttestedCredentialData.create(
            Aaguid.NONE, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = self._data(FLAGS.AT, credential)
        return self._sent(
            clientDataJSON=self._client_data("webauthn.create", public),
            attestationObject=AttestationObject.create("none", data, {}),
        )

    def get(self, options: dict[str, Any]) -> str:
        """Return what the browser sends when the passkey is used, as JSON."""
        data = self._data()
        client = self._client_data("webauthn.get", options["request_options"]["publicKey"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._sent(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, flags: int = 0, credential: bytes = b"") -> AuthenticatorData:
        flags |= FLAGS.UP | (FLAGS.UV if self.verifies else 0)
        return AuthenticatorData.create(sha256(self.rp_id.encode()).digest(), flags, 0, credential)

    def _client_data(self, kind: str, public: dict[str, Any]) -> CollectedClientData:
        return CollectedClientData.create(kind, public["challenge"], self.origin)

    def _sent(self, **response: bytes) -> str:
        answer: dict[str, Any] = {name: websafe_encode(value) for name, value in response.items()}
        return json.dumps(
            {
                "id": websafe_encode(self.id),
                "rawId": websafe_encode(self.id),
                "type": "public-key",
                "response": answer | {"userHandle": self.user_handle},
                "clientExtensionResults": {"credProps": {"rk": True}},
            }
        )
