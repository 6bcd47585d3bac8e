"""Programs that run in a network namespace while the scenario goes on."""

import signal
import subprocess

import wait


class Program:
    """A program in a namespace, with all that it says in a log."""

    def __init__(self, namespace, command, log):
        self.namespace = namespace
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", namespace, *command],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def said(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def require(self, condition, seconds, what):
        """Waits for condition as long as the program lives."""
        def met():
            return condition() or self.process.poll() is not None

        try:
            wait.require(met, seconds, what)
            if self.process.poll() is not None:
                raise ChildProcessError(f"{what}: the program has ended")
        except (TimeoutError, ChildProcessError) as error:
            raise type(error)(f"{error}; the end of its log:\n{self.said()[-2000:]}") from None

    def table(self, name):
        """The lines of a file in the namespace's /proc/net, cut into words."""
        try:
            with open(f"/proc/{self.process.pid}/net/{name}", encoding="utf-8") as table:
                return [line.split() for line in table]
        except FileNotFoundError:
            return []

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
