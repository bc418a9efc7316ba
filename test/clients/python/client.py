"""A merchant's integration in Python with requests, as the API's public guides write it: it signs in with a
certificate, creates a charge and sees it paid, pays out, reads the statement, and receives the webhooks."""

import json
import os
import re
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import requests

URL = os.environ["SALDO_URL"]


class Hooks:
    """Receives webhooks and hands them to whoever waits for them."""

    def __init__(self):
        self.seen = []
        self.changed = threading.Condition()
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()
                with hooks.changed:
                    hooks.seen.append((dict(self.headers), json.loads(body, parse_float=Decimal)))
                    hooks.changed.notify_all()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/hooks" % self.server.server_port

    def of(self, event, transaction_id):
        def find():
            for headers, body in self.seen:
                if body["event"] == event and body["transactionId"] == transaction_id:
                    return headers, body
            return None

        with self.changed:
            assert self.changed.wait_for(find, timeout=60), f"no {event} for {transaction_id}"
            return find()


def exact(response):
    """Amounts as decimals: floats are for weights, not for money."""
    return json.loads(response.text, parse_float=Decimal)


def sign_in(session):
    response = session.post(
        URL + "/api/auth/token",
        json={"clientId": os.environ["SALDO_CLIENT_ID"], "clientSecret": os.environ["SALDO_CLIENT_SECRET"]},
        headers={"X-SSL-Client-Cert": quote(os.environ["SALDO_CLIENT_CERT"], safe="")},
        timeout=20,
    )
    assert response.status_code == 201, response.text
    assert response.json()["expires_in"] == 1800
    session.headers["Authorization"] = "Bearer " + response.json()["access_token"]


def balance(session):
    response = session.get(URL + "/api/balance", timeout=20)
    assert response.status_code == 200, response.text
    b = exact(response)
    assert b["grossBalance"] == b["netBalance"] + b["blockedBalance"], b
    return b


def main():
    hooks, session = Hooks(), requests.Session()
    sign_in(session)
    assert balance(session)["netBalance"] == 100

    for event in ("cash_in", "cash_out"):
        body = {"url": hooks.url, "eventType": event, "headers": [{"key": "X-Loja", "value": "python"}]}
        response = session.post(URL + "/api/webhooks", json=body, timeout=20)
        assert response.status_code == 200 and response.json()["success"], response.text

    charge = {
        "transaction": {"value": 80.00, "description": "Pedido 1", "externalId": "python-in-1"},
        "payer": {"fullName": "Jose Exemplo", "document": "11144477735"},
        "additionalInfo": {"pedido": "1"},
    }
    response = session.post(URL + "/api/pix/cash-in", json=charge, timeout=20)
    assert response.status_code == 201, response.text
    created = response.json()
    assert re.fullmatch(r"000201.*6304[0-9A-F]{4}", created["pixCode"]), created
    headers, paid = hooks.of("CashIn", created["transactionId"])
    assert headers["X-Loja"] == "python"
    assert (paid["status"], paid["movementType"], paid["finalAmount"]) == ("CONFIRMED", "CREDIT", Decimal("79.60")), paid

    payment = {
        "value": 50.00, "externalId": "python-out-1",
        "details": {"key": "maria@exemplo.com.br", "keyType": "EMAIL", "name": "Maria Exemplo", "document": "11144477735"},
    }
    response = session.post(URL + "/api/pix/cash-out", json=payment, timeout=20)
    assert response.status_code == 201, response.text
    out = response.json()
    assert balance(session)["blockedBalance"] == Decimal("50.40")
    _, sent = hooks.of("CashOut", out["transactionId"])
    assert (sent["status"], sent["finalAmount"], sent["errorCode"]) == ("CONFIRMED", Decimal("50.40"), None), sent

    failing = dict(payment, externalId="python-out-2")
    response = session.post(
        URL + "/api/pix/cash-out", json=failing, headers={"X-Sandbox-Scenario": "error:invalid-pix-key"}, timeout=20)
    _, failed = hooks.of("CashOut", response.json()["transactionId"])
    assert (failed["status"], failed["errorCode"], failed["endToEndId"]) == ("ERROR", "INVALID_PIX_KEY", None), failed

    assert session.post(URL + "/api/pix/cash-out", json=payment, timeout=20).status_code == 409
    response = session.post(
        URL + "/api/pix/cash-out", json=dict(payment, value=10000, externalId="python-out-3"), timeout=20)
    assert response.status_code == 400 and "saldo insuficiente" in response.json()["message"], response.text

    response = session.get(URL + "/api/transactions", params={"type": "WITHDRAW", "status": "CONFIRMED"}, timeout=20)
    statement = exact(response)
    assert statement["metadata"]["total"] == 1, statement
    assert statement["data"][0]["transactionId"] == out["transactionId"], statement

    end = balance(session)
    assert (end["grossBalance"], end["blockedBalance"]) == (Decimal("129.20"), 0), end
    assert requests.get(URL + "/api/balance", timeout=20).status_code == 401
    print("ok")


main()
