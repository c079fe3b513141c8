#!/usr/bin/env python3
"""A till in Python: one payment, a crash, and the truth afterwards. Debian: apt-get install python3-jwcrypto

payment.py sell     a card, a top-up, a payment, its receipt; then a payment that the till does not survive
payment.py resume   the next start of that till: what became of it
payment.py key      the till's own key, to be granted rights
payment.py sign     a payment that the till signs itself

KERMESSE_URL, KERMESSE_KEY: what `npm start` prints. To sign: KERMESSE_NETWORK, KERMESSE_PLACE, KERMESSE_GRANT.
"""
import json
import os
import random
import signal
import sys
import time
import urllib.error
import urllib.request

from jwcrypto import jwk, jws

URL = os.environ["KERMESSE_URL"]
KEY = os.environ.get("KERMESSE_KEY", "")
JOURNAL = "journal.jsonl"
PATIENCE_SECONDS = 60


def uuid7():
    """The id of a payment: made before the payment is first sent, the same on every retry."""
    value = time.time_ns() // 1_000_000 << 80 | random.SystemRandom().getrandbits(80)
    value = value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def ask(method, path, body=None, jose=None):
    """One attempt: status, body, seconds to wait. Status 0 is silence: nobody knows whether it arrived."""
    headers = {"prefer": "wait=5"}
    data = None
    if jose is not None:
        headers["content-type"], data = "application/jose", jose.encode()
    else:
        headers["authorization"] = f"Bearer {KEY}"
    if body is not None:
        headers["content-type"], data = "application/json", json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, json.load(answer), answer.headers.get("retry-after")
    except urllib.error.HTTPError as answer:
        try:
            return answer.code, json.load(answer), answer.headers.get("retry-after")
        except ValueError:
            return 0, {}, None
    except (OSError, ValueError):
        return 0, {}, None


def settle(method, path, body=None, jose=None):
    """The same request until its answer is one. Raises when nobody can say in time: the id stays open."""
    end, pause = time.monotonic() + PATIENCE_SECONDS, 0.2
    while True:
        status, answer, wait = ask(method, path, body, jose)
        pending = status in (0, 202, 429) or status >= 500 or answer.get("status") == "pending"
        if not pending:
            return status, answer
        pause = min(5, pause * 1.8)
        seconds = max(float(wait or 0), pause * random.uniform(0.5, 1))
        if time.monotonic() + seconds > end:
            raise TimeoutError("outcome unknown: resolve it later")
        time.sleep(seconds)


def journal(entry):
    """On disk before anything is sent. Never a tag or a secret: the id is enough."""
    with open(JOURNAL, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
        file.flush()
        os.fsync(file.fileno())


def order(path, body):
    journal({"id": body["id"], "open": True})
    status, answer = settle("POST", path, body)
    journal({"id": body["id"], "open": False})
    # 201 and 200: applied. 422: refused, with a code. 410: cancelled or expired. Anything else is our mistake.
    print(path, status, answer.get("code") or answer.get("status", "done"), flush=True)
    return answer


def resolve():
    """What is open after a crash: ask; what the node never heard of, use up, so that it is never charged."""
    entries = {}
    with open(JOURNAL, encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            entries[entry["id"]] = entry["open"]
    for payment in [name for name, is_open in entries.items() if is_open]:
        status, answer = settle("GET", f"/v1/transactions/{payment}")
        if status == 404:
            status, answer = settle("POST", f"/v1/payments/{payment}/cancel", {})
        if status == 409:
            answer = answer["outcome"]  # it was applied before the cancellation came
        journal({"id": payment, "open": False})
        print("resolved", payment, answer["status"], flush=True)


def sell():
    tag = f"04{random.SystemRandom().getrandbits(48):012X}"
    order("/v1/cards", {"id": uuid7(), "tag": tag, "activate": True})
    order("/v1/topups", {"id": uuid7(), "tag": tag, "amount": 2000})
    paid = order("/v1/payments", {"id": uuid7(), "payers": [{"tag": tag}], "amount": 650})
    _, receipt = settle("GET", f"/v1/transactions/{paid['id']}/receipt")
    with open("receipt.json", "w", encoding="utf-8") as file:
        json.dump(receipt, file)
    # The power fails while the second customer pays: the request is out, the answer never seen.
    payment = uuid7()
    journal({"id": payment, "open": True})
    ask("POST", "/v1/payments", {"id": payment, "payers": [{"tag": tag}], "amount": 100})
    os.kill(os.getpid(), signal.SIGKILL)


def own_key():
    """The till's Ed25519 key, made once and kept in a file that only the till can read."""
    if not os.path.exists("till.jwk"):
        with os.fdopen(os.open("till.jwk", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(jwk.JWK.generate(kty="OKP", crv="Ed25519").export())
    with open("till.jwk", encoding="utf-8") as file:
        key = jwk.JWK.from_json(file.read())
    point = jwk.base64url_decode(json.loads(key.export_public())["x"])
    return key, bech32m("key", point)


def bech32m(prefix, data):
    """An identifier: BIP 350 over 32 bytes."""
    letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    bits = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = (len(data) * 8 + 4) // 5
    words = [bits >> 5 * (count - 1 - index) & 31 for index in range(count)]
    spread = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = 1
    for word in spread + words + [0] * 6:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ word
        for index, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= term if top >> index & 1 else 0
    check ^= 0x2BC830A3
    return prefix + "1" + "".join(letters[w] for w in words + [check >> 5 * (5 - i) & 31 for i in range(6)])


def sign(card):
    key, kid = own_key()
    payment = uuid7()
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    payload = {
        "aud": os.environ["KERMESSE_NETWORK"],
        "exp": int(time.time()) + 60,
        "jti": payment,
        "tx": {
            "kind": "sale",
            "place": os.environ["KERMESSE_PLACE"],
            "grant": os.environ["KERMESSE_GRANT"],
            "payers": [{"card": card}],
            "amount": 650,
            "unit": "EUR",
            "scale": 2,
        },
    }
    token = jws.JWS(json.dumps(payload, **compact))
    header = {"alg": "EdDSA", "kid": kid, "typ": "kermesse-tx+jwt"}
    token.add_signature(key, protected=json.dumps(header, **compact))
    text = token.serialize(compact=True)
    # The first signed text is the payment: keep it, and send these bytes again.
    journal({"id": payment, "open": True, "text": text})
    status, answer = settle("POST", "/v1/transactions", jose=text)
    journal({"id": payment, "open": False})
    print("signed", status, answer.get("code") or answer["status"], flush=True)


if __name__ == "__main__":
    command = sys.argv[1] if len(sys.argv) > 1 else "sell"
    if command == "sell":
        sell()
    elif command == "resume":
        resolve()
    elif command == "key":
        print(own_key()[1])
    elif command == "sign":
        sign(sys.argv[2])
    else:
        sys.exit(__doc__)
