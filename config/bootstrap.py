"""Make .venv and install the locked packages, if that is not done yet. `make` runs this before all else.

Whatever python3 the machine has runs this file, so it keeps to what 3.6 understands, and to the standard
library. When something is in the way, it prints one sentence and exits with 1.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from typing import Any, NoReturn

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
LOCK = os.path.join(ROOT, "requirements", "development.txt")
STAMP = os.path.join(VENV, "installed")
LOG = os.path.join(ROOT, "var", "install.log")


def main() -> None:
    check_python()
    check_folder()
    if is_installed():
        return
    make_venv()
    install()
    with open(STAMP, "w") as stamp:
        stamp.write(fingerprint())


def check_python() -> None:
    if os.name == "nt":
        stop("This runs on Linux and macOS. On Windows, use it inside WSL 2.")
    if sys.version_info[:2] >= OLDEST:
        return
    newer = [name for name in ("python3.14", "python3.13", "python3.12", "python3.11") if runs(name)]
    remedy = "Choose it like this:" if newer else "Install one, then choose it like this:"
    stop(
        f"This needs Python {_dotted(OLDEST)} or newer, and this is {_dotted(sys.version_info)}. "
        f"{remedy} PYTHON={newer[0] if newer else 'python3.12'} make dev"
    )


def runs(name: str) -> bool:
    with open(os.devnull, "w") as nowhere:
        try:
            return subprocess.call([name, "-c", ""], stdout=nowhere, stderr=nowhere) == 0
        except OSError:
            return False


def check_folder() -> None:
    try:
        os.makedirs(os.path.dirname(LOG), exist_ok=True)
        for folder in (ROOT, os.path.dirname(LOG)):
            with tempfile.TemporaryFile(dir=folder):
                pass
    except OSError as error:
        stop(
            f"Nothing can be written to {ROOT} ({error.strerror}). "
            "Make that folder writable, or clone the project somewhere else."
        )


def fingerprint() -> str:
    """Changes with the lock, the Python and the folder: what is installed fits only all three."""
    with open(LOCK, "rb") as lock:
        digest = hashlib.sha256(lock.read()).hexdigest()
    return "\n".join(
        [digest, os.path.realpath(sys.executable), "{}.{}.{}".format(*sys.version_info[:3]), ROOT]
    )


def is_installed() -> bool:
    if not os.path.exists(STAMP):
        return False
    with open(STAMP) as stamp:
        return stamp.read() == fingerprint() and os.path.exists(PYTHON)


def make_venv() -> None:
    if venv_fits():
        return
    shutil.rmtree(VENV, ignore_errors=True)
    with open(LOG, "w") as log:
        done = subprocess.call([sys.executable, "-m", "venv", VENV], stdout=log, stderr=log)
    if done != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        stop(
            "This Python cannot make a virtual environment. On Debian and Ubuntu, install the package "
            f"python{_dotted(sys.version_info)}-venv; otherwise see {LOG}."
        )


def venv_fits() -> bool:
    """True if .venv works, lies where it was made, and has the Python that was asked for."""
    question = "import pip, sys; print(sys.prefix, sys.version_info[:3])"
    try:
        answer = subprocess.check_output([PYTHON, "-c", question], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.decode().strip() == f"{VENV} {tuple(sys.version_info[:3])}"


def install() -> None:
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--requirement", LOCK]
    command += ["--quiet", "--no-input", "--no-compile", "--disable-pip-version-check"]
    with open(LOG, "w") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        show_progress(process)
    if process.returncode != 0:
        with open(LOG) as log:
            errors = [line.strip() for line in log if line.startswith("ERROR")]
        if errors:
            print(errors[-1], file=sys.stderr)
        stop("The packages could not be installed. Check the network, then try again; details are in " + LOG)


def show_progress(process: "subprocess.Popen[bytes]") -> None:
    """One line that counts the seconds; on a terminal it is rewritten in place."""
    start = time.time()
    text = "Installing packages (once, about a minute) "
    on_terminal = sys.stdout.isatty()
    if not on_terminal:
        print(text, flush=True)
    while process.poll() is None:
        if on_terminal:
            print(f"\r{text}{time.time() - start:.0f} s", end="", flush=True)
        time.sleep(0.2)
    if on_terminal:
        print()


def _dotted(version: Any) -> str:
    return ".".join(str(part) for part in version[:2])


def stop(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(1)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("\nInterrupted.")
