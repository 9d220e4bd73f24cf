"""An authority and the certificates it signs, for tests of TLS."""

import subprocess

PASSWORD = "store-secret"


def openssl(*arguments, folder):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class Certificates:
    """`ca.pem`, and for `server` and `client` NAME.pem, NAME.key and NAME.p12, in `folder`.

    The trust store `ca.p12` is made as its users make it, by Java's keytool.
    """

    def __init__(self, folder):
        self.folder = folder
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out",
                "ca.pem", "-subj", "/CN=Test Authority", "-days", "2", folder=folder)
        for name in ("server", "client"):
            self.sign(name)
        self.keytool("-importcert", "-noprompt", "-alias", "ca", "-file", "ca.pem", "-keystore",
                     "ca.p12", "-storetype", "PKCS12", "-storepass", PASSWORD)

    def sign(self, name, hosts="IP:127.0.0.1,DNS:localhost", days=2, purpose=None):
        """`days` from now it ends, before now it may; `purpose` as OpenSSL names what it is for."""
        extension = self.folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={hosts}\n" +
                             (f"extendedKeyUsage={purpose}\n" if purpose else ""))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out",
                f"{name}.csr", "-subj", f"/O=Tests/CN={name}", folder=self.folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", f"{name}.pem", "-days", str(days), "-extfile",
                str(extension), folder=self.folder)
        openssl("pkcs12", "-export", "-in", f"{name}.pem", "-inkey", f"{name}.key", "-certfile",
                "ca.pem", "-out", f"{name}.p12", "-passout", f"pass:{PASSWORD}",
                folder=self.folder)

    def revoke(self, *names):
        """`crl.pem`, of the authority: these are not to be trusted any more."""
        config = self.folder / "revoking.cnf"
        config.write_text("[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\n"
                          "default_md = sha256\ndefault_crl_days = 2\n")
        (self.folder / "index.txt").touch()
        authority = ("-config", config.name, "-cert", "ca.pem", "-keyfile", "ca.key")
        for name in names:
            openssl("ca", *authority, "-revoke", f"{name}.pem", folder=self.folder)
        openssl("ca", *authority, "-gencrl", "-out", "crl.pem", folder=self.folder)

    def ask_responder(self, name):
        """What an OCSP responder of the authority says of a certificate it has signed, in
        `ocsp.der`."""
        serial = subprocess.run(["openssl", "x509", "-in", f"{name}.pem", "-noout", "-serial"],
                                cwd=self.folder, check=True, capture_output=True,
                                text=True).stdout.strip().removeprefix("serial=")
        index = self.folder / "answers.txt"
        index.write_text(f"V\t491231235959Z\t\t{serial}\tunknown\t/O=Tests/CN={name}\n")
        openssl("ocsp", "-index", index.name, "-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey",
                "ca.key", "-issuer", "ca.pem", "-cert", f"{name}.pem", "-ndays", "1", "-respout",
                "ocsp.der", folder=self.folder)

    def keytool(self, *arguments):
        subprocess.run(["keytool", *arguments], cwd=self.folder, check=True, capture_output=True)

    def path(self, name):
        return str(self.folder / name)

    @property
    def pem_settings(self):
        return {"tls.certificate": self.path("server.pem"), "tls.key": self.path("server.key")}

    @property
    def key_store_settings(self):
        return {"tls.certificate": self.path("server.p12"), "tls.key_password": PASSWORD}

    def java_properties(self, with_key=False):
        properties = {"javax.net.ssl.trustStore": self.path("ca.p12"),
                      "javax.net.ssl.trustStorePassword": PASSWORD}
        if with_key:
            properties |= {"javax.net.ssl.keyStore": self.path("client.p12"),
                           "javax.net.ssl.keyStorePassword": PASSWORD}
        return properties
