"""What the machine starts from: Debian's kernel, its BlueZ, and Python packages, in archives.

The kernel accepts several newc archives, one behind the other, as its initial file system.
So there are three, from the one that changes least to the one that changes most: Debian's
packages, the Python packages that this project needs, and the project itself. The first two
are kept in the cache under a digest of what they were made from.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[3]

TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "mmdebstrap": "mmdebstrap",
    "cpio": "cpio",
    "dpkg-deb": "dpkg",
}
"""Programs that have to be here, with the Debian packages that bring them."""

FILES = {
    "/usr/share/seabios/bios-256k.bin": "seabios",
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}
"""Files that have to be here, likewise."""

PACKAGES = ("bluez", "dbus", "python3", "kmod", "mount", "hostname")

MODULES = (
    # The virtual adapter, and what the kernel's SMP computes with.
    *("hci_vhci", "hci_uart", "ecb", "cmac", "ccm", "gcm", "ctr", "cbc", "algif_hash"),
    *("algif_skcipher", "ecdh_generic", "drbg", "jitterentropy_rng", "hmac"),
    *("sha256_generic", "sha512_generic"),
    # Files to and from the host; HID over GATT, which BlueZ wants.
    *("9p", "9pnet_virtio", "virtio_pci", "uhid"),
)

NOT_NEEDED = (
    *("boot", "usr/share/man", "usr/share/doc", "usr/share/locale", "usr/share/info"),
    *("usr/share/zoneinfo", "var/lib/apt", "var/cache", "usr/lib/udev", "usr/lib/systemd"),
    *("usr/share/bash-completion", "usr/share/perl", "usr/lib/x86_64-linux-gnu/perl-base"),
    *("usr/lib/x86_64-linux-gnu/gconv", "usr/share/i18n"),
)

EXTRAS = ("store", "cli", "simulator", "pytest")
"""Optional dependencies of the project that the tests in the machine need."""

TEST_FOLDERS = ("tests/linux", "tests/radios", "tests/client/steps.py", "tests/cli/terminal.py")
"""What of the tests goes into the machine."""


class MachineError(Exception):
    """The machine cannot be made; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A release of Debian, and the Python that is in it."""

    name: str
    python: str


SUITES = {suite.name: suite for suite in (Suite("trixie", "3.13"), Suite("bookworm", "3.11"))}


@dataclass(frozen=True, slots=True)
class Image:
    """What QEMU is started with."""

    kernel: Path
    archives: tuple[Path, ...]


def require_tools() -> None:
    """Make sure that this computer can make and run the machine.

    Raises:
        MachineError: it names what is missing, and the command that brings it.
    """
    if sys.platform != "linux":
        raise MachineError(
            "The tests on the real Linux stack make their machine from Debian's packages, and "
            "that needs Linux; run them in a container of Debian or Ubuntu"
        )
    missing = [package for program, package in TOOLS.items() if shutil.which(program) is None]
    missing += [package for path, package in FILES.items() if not Path(path).exists()]
    if missing:
        raise MachineError(
            "The tests on the real Linux stack run in a virtual machine, and these Debian "
            "packages make it:\n  apt-get install --no-install-recommends "
            f"{' '.join(dict.fromkeys(missing))}"
        )
    if os.geteuid() != 0:
        raise MachineError(
            "Making the machine needs root, because Debian's packages are unpacked into a "
            "chroot; run this as root, in a container, or with sudo"
        )


def make(
    suite: Suite, cache: Path, *, mirror: str | None = None, say: Callable[[str], None]
) -> Image:
    """Make what the machine starts from, or take it from the cache.

    Args:
        suite: the release of Debian.
        cache: a folder to keep archives in; nobody else may use it meanwhile.
        mirror: where Debian's packages come from, instead of deb.debian.org.
        say: told of each step that takes a while.

    Raises:
        MachineError: a step failed.
    """
    for left_behind in cache.glob("making-*"):  # by a run that was killed
        shutil.rmtree(left_behind, ignore_errors=True)
    debian = cache / f"debian-{suite.name}-{_digest(PACKAGES, MODULES, NOT_NEEDED)}"
    if not debian.exists():
        say(f"Debian {suite.name}: kernel, BlueZ and Python")
        with made_whole(debian) as folder:
            _make_debian(suite, folder, mirror)
        _remove_others(debian)
    wanted = _requirements()
    packages = cache / f"python-{suite.name}-{_digest(suite.python, wanted)}"
    if not packages.exists():
        say(f"Python packages for {suite.python}")
        with made_whole(packages) as folder:
            _make_packages(suite, wanted, folder, debian / "root")
        _remove_others(packages)
    say("this project, as a wheel")
    project = cache / f"project-{suite.name}"
    shutil.rmtree(project, ignore_errors=True)
    with made_whole(project) as folder:
        _make_project(suite, folder, debian / "root")
    return Image(
        debian / "vmlinuz",
        tuple(part / "archive.cpio" for part in (debian, packages, project)),
    )


def _remove_others(made: Path) -> None:
    """Remove what was made before, of other parts."""
    kind = made.name.rpartition("-")[0]
    for old in made.parent.glob(f"{kind}-*"):
        if old != made:
            shutil.rmtree(old)


def _make_debian(suite: Suite, folder: Path, mirror: str | None) -> None:
    root = folder / "root"
    root.mkdir()
    options = [
        "--variant=apt",
        f"--include={','.join(PACKAGES)}",
        "--aptopt=APT::Sandbox::User root",
    ]
    fetch = (
        'cd "$1" && chroot "$1" sh -c "apt-get -qq download '
        "\\$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: //p')\""
    )
    places = (suite.name, str(root), *([] if mirror is None else [mirror]))
    try:
        # In a mount namespace of its own, so that nothing stays mounted, however it ends.
        _run("mmdebstrap", "--quiet", *options, f"--customize-hook={fetch}", *places)
    except MachineError as error:
        raise MachineError(
            f"Debian {suite.name} cannot be fetched. Is there a network, and does apt reach a "
            f"mirror? Another one can be named with --mirror.\n{error}"
        ) from None
    (package,) = root.glob("linux-image-*.deb")
    _run("dpkg-deb", "-x", str(package), str(folder / "kernel"))
    package.unlink()
    shutil.copy(next((folder / "kernel").glob("boot/vmlinuz-*")), folder / "vmlinuz")
    _install_modules(folder / "kernel", root)
    shutil.rmtree(folder / "kernel")
    for name in NOT_NEEDED:
        shutil.rmtree(root / name, ignore_errors=True)
    (root / "etc" / "machine-id").unlink(missing_ok=True)
    _archive(root, folder / "archive.cpio")


def _install_modules(kernel: Path, root: Path) -> None:
    """Put the needed modules, and those that they need, where modprobe looks."""
    (modules,) = (*kernel.glob("lib/modules/*"), *kernel.glob("usr/lib/modules/*"))
    home = root / "usr" / "lib" / "modules" / modules.name
    shutil.copytree(modules, home, symlinks=True)
    _run("chroot", str(root), "depmod", modules.name)
    shown = _run(
        *("chroot", str(root), "modprobe", "-S", modules.name, "-a", "--show-depends"), *MODULES
    )
    wanted = {Path(line.split()[1]).name for line in shown.splitlines() if "insmod" in line}
    for path in home.rglob("*.ko*"):
        if path.name not in wanted:
            path.unlink()
    _run("chroot", str(root), "depmod", modules.name)


def _make_packages(suite: Suite, wanted: Sequence[str], folder: Path, root: Path) -> None:
    site = folder / "tree" / "opt" / "site"
    platforms = ("manylinux_2_28_x86_64", "manylinux2014_x86_64")
    _run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--target", str(site), "--only-binary=:all:", "--implementation=cp"),
        *(f"--python-version={suite.python}", *(f"--platform={name}" for name in platforms)),
        *wanted,
    )
    _compile(site, root)
    _archive(folder / "tree", folder / "archive.cpio")
    shutil.rmtree(folder / "tree")


def _make_project(suite: Suite, folder: Path, root: Path) -> None:
    tree = folder / "tree"
    home = tree / "opt" / "project"
    _run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--target", str(home), "--no-deps", str(PROJECT)),
    )
    for name in TEST_FOLDERS:
        source, target = PROJECT / name, home / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, target)
    shutil.copy(PROJECT / "pyproject.toml", home)
    _compile(home, root)
    init = tree / "init"
    shutil.copy(Path(__file__).with_name("init"), init)
    init.chmod(0o755)
    _archive(tree, folder / "archive.cpio")


def _compile(packages: Path, root: Path) -> None:
    """Compile with the machine's own Python, which in the machine would take long."""
    with TemporaryDirectory(dir=root, prefix="compile-") as place:
        inside = Path(place)
        shutil.move(packages, inside / packages.name)
        _run(
            *("chroot", str(root), "python3", "-m", "compileall", "-q", "-j0"),
            *("--invalidation-mode=unchecked-hash", "-s", f"/{inside.name}", "-p", "/opt"),
            f"/{inside.name}/{packages.name}",
        )
        shutil.move(inside / packages.name, packages)


def _requirements() -> tuple[str, ...]:
    table = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional: dict[str, list[str]] = table["optional-dependencies"]
    wanted: list[str] = [*table["dependencies"]]
    for extra in EXTRAS:
        wanted += [item for item in optional[extra] if not item.startswith("babyn-ble")]
    return tuple(dict.fromkeys(wanted))


def _archive(tree: Path, archive: Path) -> None:
    names = "\0".join(sorted(str(path.relative_to(tree)) for path in tree.rglob("*")))
    with archive.open("wb") as output:
        subprocess.run(
            ["cpio", "--null", "--create", "--format=newc", "--quiet", "--owner=0:0"],
            cwd=tree,
            input=names.encode(),
            stdout=output,
            check=True,
        )


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, default=list).encode()).hexdigest()[:12]


@contextmanager
def made_whole(target: Path) -> Generator[Path]:
    """Make a folder whole, or not at all."""
    with TemporaryDirectory(dir=target.parent, prefix="making-") as place:
        folder = Path(place) / "made"
        folder.mkdir()
        yield folder
        folder.rename(target)


def _run(*command: str) -> str:
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            output, errors = process.communicate()
        except BaseException:
            process.terminate()  # and let it clean up: leaving the context waits for it
            raise
    if process.returncode:
        raise MachineError(f"{command[0]} failed ({process.returncode}):\n{errors[-2000:]}")
    return output
