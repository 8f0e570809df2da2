"""Requests as bytes: how much of one is read at all."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from filiation.server.access import MAX_BODY_BYTES

MAX_REQUEST_BYTES = 65_536


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose heading, or body, is larger than it may be: the parser would keep any in memory."""

    _unread = 0

    def data_received(self, data: bytes) -> None:
        """Take in what has come."""
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MAX_REQUEST_BYTES:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Begin to count anew: what follows is a body, or the next request. What is a little too long is told so first."""
        self._unread = -MAX_BODY_BYTES
        super().on_headers_complete()
