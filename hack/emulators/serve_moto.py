"""Serves moto on a loopback port until standard input closes.

usage: serve_moto.py [port]    (0, the default, takes a free port)

Prints the endpoint as its first line. Whoever starts it holds the other end
of its standard input, which the kernel closes however that process ends: so
it never outlives a test run.
"""

import logging
import os
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class QuietHandler(WSGIRequestHandler):
    """Keeps connections open, as AWS does, and logs no request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code="-", size="-"):
        pass


class OneAtATime:
    """Passes requests on one by one: moto's stores are not made for threads.

    Receiving messages is left out, because it may wait for them.
    """

    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        if environ.get("HTTP_X_AMZ_TARGET") == "AmazonSQS.ReceiveMessage":
            return self.app(environ, start_response)
        with self.lock:
            return list(self.app(environ, start_response))


def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    app = OneAtATime(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    os.environ.setdefault("MOTO_PORT", str(server.server_port))
    threading.Thread(target=end_with_parent, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


main()
