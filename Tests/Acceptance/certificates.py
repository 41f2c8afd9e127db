"""Certificates of a test: an authority of its own, and what it vouches for."""

import pathlib
import subprocess


class Authority:
    def __init__(self, directory: pathlib.Path, name="test authority"):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self.file, self.key = directory, directory / "ca.pem", directory / "ca.key"
        self._run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign", "-keyout", self.key, "-out", self.file)

    def issue(self, name: str, alternatives: str):
        """Certificate and key files; `alternatives` as openssl has them: `DNS:localhost,IP:127.0.0.1`."""
        certificate, key, request, extensions = (
            self.directory / f"{name}{suffix}" for suffix in (".pem", ".key", ".csr", ".ext"))
        self._run(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
            "-keyout", key, "-out", request)
        extensions.write_text(f"subjectAltName={alternatives}\nbasicConstraints=CA:FALSE\n")
        self._run(
            "x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", certificate)
        return certificate, key

    @staticmethod
    def _run(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
