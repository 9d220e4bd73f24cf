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


def hmac_of(key, text):
    return hmac.digest(key, text, "sha256")


def salted(password, salt, iterations):
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)


def scram_text(password, salt=b"salt of a test", iterations=4096):
    """What a server stores of a password: RFC 5803."""
    key = salted(password, salt, iterations)
    stored = hashlib.sha256(hmac_of(key, b"Client Key")).digest()
    words = [base64.b64encode(one).decode()
             for one in (salt, stored, hmac_of(key, b"Server Key"))]
    return f"SCRAM-SHA-256${iterations}:{words[0]}${words[1]}:{words[2]}"
