"""A local network and a signing gateway, each a real process, in a temporary folder."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUSTREAM = pathlib.Path(os.environ.get("QUSTREAM_BINARY", ROOT / ".build/release/qustream"))


class Failed(Exception):
    pass


def free_base():
    """A base such that nobody listens on the ports that a network takes from there."""
    for base in range(21000, 60000, 1000):
        try:
            for offset in [*range(4), 199, *range(200, 204), *range(400, 408), *range(600, 608), 800, 801]:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
    raise Failed("no free ports")


class Process:
    """A command that says on stdout when it is ready."""

    def __init__(self, arguments, log, **environment):
        self.log = open(log, "w")
        self.name = arguments[1]
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=self.log, text=True, env={**os.environ, **environment}
        )

    def line(self, prefix, seconds):
        """The first line that begins so; its end is what tells us that the process is ready."""
        alarm = threading.Timer(seconds, self.process.kill)
        alarm.start()
        try:
            for line in self.process.stdout:
                if line.startswith(prefix):
                    return line.strip()
            raise Failed(f"{self.name} ended or said nothing for {seconds} s: see {self.log.name}")
        finally:
            alarm.cancel()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


class Network:
    """Four validators, encryption nodes, an RPC node, and the gateway for the wallet's accounts."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qustream-tools-"))
        self.running = []
        self.base = base = free_base()
        self.node = f"http://127.0.0.1:{base + 800}"
        # All that have the state: the four validators too.
        self.nodes = [self.node, *(f"http://127.0.0.1:{base + 200 + index}" for index in range(4))]
        try:
            self._run(
                "devnet ready", 60, "devnet", "--home", self.folder / "net", "--port-base", base, "--rpc-port", base + 800,
                "--explorer-port", base + 801, *self.options,
            )
            self.wallet = self.folder / "net/wallet"
            answer = self._run(
                "gateway ", 20, "wallet", "serve", "--rpc", self.node, "--wallet", self.wallet, "--port", 0, "--cap", 500_000,
                # titanoboa says who it is by an origin; no web page can have this one.
                "--allow-origin", "Titanoboa",
            )
        except BaseException as failure:
            self.__exit__(failure)
            raise
        self.gateway = answer.split()[1]
        return self

    def _run(self, prefix, seconds, *arguments):
        arguments = [str(QUSTREAM), *map(str, arguments)]
        self.running.append(Process(arguments, self.folder / f"{len(self.running)}.log"))
        return self.running[-1].line(prefix, seconds)

    def command(self, *arguments):
        """Runs `qustream …` against the network; what it prints."""
        done = self._try(arguments)
        if done.returncode != 0:
            raise Failed(f"qustream {' '.join(map(str, arguments))}: {done.stderr.strip()}")
        return done.stdout.strip()

    def refusal(self, *arguments):
        """Why `qustream …` refuses."""
        done = self._try(arguments)
        if done.returncode != 1:
            raise Failed(f"qustream {' '.join(map(str, arguments))} ended with {done.returncode}, not 1: {done.stdout.strip()}")
        return done.stderr.strip()

    def _try(self, arguments):
        where = ["--rpc", self.node, "--wallet", str(self.wallet)]
        return subprocess.run(
            [str(QUSTREAM), *map(str, arguments), *where], capture_output=True, text=True, timeout=60
        )

    def __exit__(self, *failure):
        for process in reversed(self.running):
            process.stop()
        if failure and failure[0]:
            print(f"logs are in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
