"""Requests as bytes: how much of one is read at all."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_REQUEST_BYTES = 65_536


class BoundedProtocol(HttpToolsProtocol):
    """Ends a connection whose request is larger than `MAX_REQUEST_BYTES`: the parser would keep any heading in memory."""

    _unread = 0

    def data_received(self, data: bytes) -> None:
        """Take in what has come."""
        self._unread += len(data)
        super().data_received(data)
        if self._unread > MAX_REQUEST_BYTES:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Begin to count anew: what follows is a body, which nothing here has a use for, or the next request."""
        self._unread = 0
        super().on_headers_complete()
