"""A broker's document with users, and what it may keep of their passwords."""

import base64
import hashlib
import hmac

ANN, BOB = "ann-secret", "bob-secret"


def document(bobs=BOB):
    """With `ann`, whose password stands there as it is, and `bob`, of whose this is kept."""
    return f"""<broker xmlns="http://activemq.apache.org/schema/core"><plugins>
      <simpleAuthenticationPlugin><users>
        <authenticationUser username="ann" password="{ANN}" groups="users"/>
        <authenticationUser username="bob" password="{bobs}" groups="users"/>
      </users></simpleAuthenticationPlugin>
    </plugins></broker>"""


class Scram:
    """With SHA-256 or SHA-512."""

    def __init__(self, bits):
        self.mechanism = f"SCRAM-SHA-{bits}"
        self.hash = f"sha{bits}"

    def hmac(self, key, text):
        return hmac.digest(key, text, self.hash)

    def digest(self, text):
        return hashlib.new(self.hash, text).digest()

    def salted(self, password, salt, iterations):
        return hashlib.pbkdf2_hmac(self.hash, password.encode(), salt, iterations)

    def text(self, password, salt=b"salt of a test", iterations=4096):
        """What a server stores of a password: RFC 5803."""
        key = self.salted(password, salt, iterations)
        stored = self.digest(self.hmac(key, b"Client Key"))
        words = [base64.b64encode(one).decode()
                 for one in (salt, stored, self.hmac(key, b"Server Key"))]
        return f"{self.mechanism}${iterations}:{words[0]}${words[1]}:{words[2]}"


SCRAM_256, SCRAM_512 = Scram(256), Scram(512)
