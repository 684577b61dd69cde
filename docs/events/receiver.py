import base64
import hashlib
import hmac
import json
import os
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))
TOLERANCE_SECONDS = 5 * 60
# In your database: a unique key on the event's id, in the transaction of what you do about the event.
seen = set()


def is_ours(headers, body: bytes) -> bool:
    """Checks a request after the Standard Webhooks specification, with the standard library alone."""
    event_id, timestamp = headers.get("webhook-id"), headers.get("webhook-timestamp", "")
    if not event_id or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{event_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    # Several while a secret is being rotated.
    return any(
        hmac.compare_digest(signature, f"v1,{expected}")
        for signature in headers.get("webhook-signature", "").split(" ")
    )


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        # The bytes as they came: parsed and written again they would have another signature.
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        taken = is_ours(self.headers, body)
        if taken:
            event = json.loads(body)
            if event["id"] not in seen:
                seen.add(event["id"])
                print(event["type"], event.get("subject", ""), flush=True)
        # Quickly: what takes long is done afterwards.
        self.send_response(204 if taken else 400)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver)
print("listening on", server.server_port, flush=True)
server.serve_forever()
