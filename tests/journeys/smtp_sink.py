"""A mail server that keeps what it takes and does as it is told, for the journeys.

Each accepted mail is on the disk, one file a DATA, before the reply says so. It speaks in lines:

  on standard output                         on standard input
  listening PORT                             hold-before   the next DATA waits before it is kept
  data N         the N-th DATA is here       hold-after    the next DATA is kept, its reply waits
  kept N FILE    it is on the disk           release       whoever waits goes on
  login USER     somebody logged in          refuse CODE   answer DATA with this code, keep nothing
  obeyed ORDER   from now on                 accept        keep mails again
"""

import argparse
import asyncio
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


def say(line):
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Keeper:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        self.hold = None
        self.refusal = None
        self.released = asyncio.Event()

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        number, hold = self.count, self.hold
        self.hold = None
        if hold is not None:
            self.released.clear()
        say(f"data {number}")
        if self.refusal is not None:
            return f"{self.refusal} not now"
        if hold == "hold-before":
            await self.released.wait()
        name = self.keep(number, envelope)
        say(f"kept {number} {name}")
        if hold == "hold-after":
            await self.released.wait()
        return "250 kept"

    def keep(self, number, envelope):
        name = f"{number:04}.eml"
        path = os.path.join(self.folder, name)
        with open(path + ".part", "wb") as file:
            file.write(envelope.original_content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(path + ".part", path)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name

    def obey(self, line):
        word, _, rest = line.strip().partition(" ")
        if word in ("hold-before", "hold-after"):
            self.hold = word
        elif word == "release":
            self.hold = None
            self.released.set()
        elif word == "refuse":
            self.refusal = rest
        elif word == "accept":
            self.refusal = None
        say(f"obeyed {word}")


def authenticator(wanted):
    user, _, password = wanted.partition(":")

    def check(server, session, envelope, mechanism, data):
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
        if right:
            say(f"login {user}")
        return AuthResult(success=right)

    return check


def certificate(folder):
    """An authority of its own, and a certificate for this machine; the authority's is FOLDER/ca.pem."""
    import trustme

    authority = trustme.CA()
    server = authority.issue_cert("localhost", "127.0.0.1")
    authority.cert_pem.write_to_path(os.path.join(folder, "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.configure_cert(context)
    return context


def listen_to_orders(loop, keeper):
    for line in sys.stdin:
        loop.call_soon_threadsafe(keeper.obey, line)
    loop.call_soon_threadsafe(loop.stop)


async def serve(arguments):
    loop = asyncio.get_running_loop()
    keeper = Keeper(arguments.out)
    context = None if arguments.tls == "none" else certificate(arguments.ca)
    options = {"hostname": "localhost", "enable_SMTPUTF8": True}
    if arguments.tls == "starttls":
        options.update(tls_context=context, require_starttls=True)
    if arguments.auth:
        options.update(
            authenticator=authenticator(arguments.auth),
            auth_required=True,
            auth_require_tls=arguments.tls == "starttls",
        )
    implicit = context if arguments.tls == "implicit" else None
    server = await loop.create_server(
        lambda: SMTP(keeper, loop=loop, **options), "127.0.0.1", arguments.port, ssl=implicit
    )
    say(f"listening {server.sockets[0].getsockname()[1]}")
    threading.Thread(target=listen_to_orders, args=(loop, keeper), daemon=True).start()
    return server


def main():
    parser = argparse.ArgumentParser(description="a mail server for tests")
    parser.add_argument("--out", required=True, help="the folder for what is taken")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--ca", help="the folder for the authority's certificate")
    parser.add_argument("--auth", help="user:password")
    arguments = parser.parse_args()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(serve(arguments))
    loop.run_forever()
    server.close()


if __name__ == "__main__":
    main()
