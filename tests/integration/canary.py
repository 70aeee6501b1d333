# SPDX-License-Identifier: Apache-2.0
"""Canaries: values that must not appear in what a program says, in whatever form.

canary.py search CANARIES FILE...   tells every form of every canary in the files; exit status 1 when there is any
canary.py unseen CANARIES FILE...   tells the files that hold none
canary.py plant CANARIES FOLDER     a file for each form of each canary, to see whether search finds them
canary.py serve                     a server that answers with what it was asked; prints its port. /MODE in front of Vault's
                                    path says how (see MODES)

CANARIES has a line for each: NAME, a tab, the value.
"""
import base64
import http.server
import json
import os
import re
import signal
import sys


def forms(value):
    """(name of the form, bytes): what a leak might look like. Base64 at each of its three alignments."""
    raw = value.encode()
    yield 'raw', raw
    yield 'in lower case', raw.lower()
    yield 'hex', raw.hex().encode()
    yield 'HEX', raw.hex().upper().encode()
    yield 'hex with colons', ':'.join('%02x' % byte for byte in raw).encode()
    yield 'percent', ''.join('%%%02X' % byte for byte in raw).encode()
    yield 'JSON', json.dumps(value)[1:-1].encode()
    yield 'JSON in JSON', json.dumps(json.dumps(value)[1:-1])[1:-1].encode()
    yield 'JSON with \\u', ''.join('\\u%04x' % ord(character) for character in value).encode()
    yield 'JSON with \\/', json.dumps(value)[1:-1].replace('/', '\\/').encode()
    for shift in range(3):
        text = base64.b64encode(b'\0' * shift + raw + b'\0' * ((-shift - len(raw)) % 3))
        first = -(-shift * 8 // 6)
        last = (shift + len(raw)) * 8 // 6
        yield 'base64/%d' % shift, text[first:last]
        yield 'base64url/%d' % shift, text[first:last].translate(bytes.maketrans(b'+/', b'-_'))


def canaries(file):
    with open(file, encoding='utf-8') as lines:
        return [line.rstrip('\n').split('\t', 1) for line in lines if line.strip()]


def pattern_of(file):
    wanted = {}
    for name, value in canaries(file):
        for form, text in forms(value):
            wanted.setdefault(text, '%s, %s' % (name, form))
    return re.compile(b'|'.join(re.escape(text) for text in sorted(wanted, key=len, reverse=True))), wanted


def search(file, files):
    pattern, wanted = pattern_of(file)
    found = 0
    for one in files:
        with open(one, 'rb') as stream:
            content = stream.read()
        for hit in pattern.finditer(content):
            found += 1
            if found <= 20:
                line = content.count(b'\n', 0, hit.start()) + 1
                around = content[max(0, hit.start() - 60):hit.end() + 20]
                print('%s:%d: %s: %r' % (one, line, wanted[hit.group()], around))
    return found


def plant(file, folder):
    for name, value in canaries(file):
        for number, (form, text) in enumerate(forms(value)):
            with open(os.path.join(folder, '%s.%d.%s' % (name, number, form.replace('/', '-').replace('\\', ''))), 'wb') as out:
                out.write(b'error: something about ' + text + b'?\n')


def errors(*texts):
    return json.dumps({'errors': list(texts)}).encode() + b'\n'


def items(body, make):
    """A reply to a batch, each result made of its item."""
    try:
        batch = json.loads(body).get('batch_input', [])
    except ValueError:
        batch = []
    return json.dumps({'request_id': 'r', 'data': {'batch_results': [make(item) for item in batch]}}).encode()


def value_of(item):
    text = item.get('plaintext') or item.get('ciphertext') or item.get('value') or ''
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


# What a mode answers: status, body. `echo` is all of the request, the token included.
MODES = {
    'items400': lambda echo, body: (400, items(body, lambda item: {'error': 'not good: ' + value_of(item)})),
    'items200': lambda echo, body: (200, items(body, lambda item: {'error': 'not good: %r' % item})),
    'clear': lambda echo, body: (200, items(body, lambda item: {
        'ciphertext': value_of(item), 'encoded_value': value_of(item), 'plaintext': '%%' + value_of(item), 'decoded_value': 17})),
    'short': lambda echo, body: (200, items(body, lambda item: {'error': value_of(item)})[:-3] + b', {}]}}'),
    'text': lambda echo, body: (200, echo.encode()),
    'list': lambda echo, body: (200, json.dumps([echo]).encode()),
    'data': lambda echo, body: (200, json.dumps({'data': echo, 'warnings': [echo]}).encode()),
    'results': lambda echo, body: (200, json.dumps({'data': {'batch_results': echo}}).encode()),
    'names': lambda echo, body: (200, json.dumps({echo: echo, 'data': {echo: {'type': echo}}}).encode()),
    'id': lambda echo, body: (500, json.dumps({'request_id': echo[:60], 'errors': [echo]}).encode()),
    'html': lambda echo, body: (502, b'<html>' + echo.encode() + b'</html>'),
    'split': lambda echo, body: (500, errors("failed to parse batch input: '[0].plaintext' " + echo)),
    'large': lambda echo, body: (400, errors('refused JSON input due to high complexity: ' + echo)),
}
for code in (400, 403, 404, 405, 412, 413, 415, 429, 431, 500, 501, 503):
    MODES[str(code)] = lambda echo, body, code=code: (code, errors('1 error occurred: ' + echo, body.decode(errors='replace')))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        mode = self.path.split('/')[1]
        token = self.headers.get('X-Vault-Token', '')
        echo = '%s token %s %s' % (token, token, body.decode(errors='replace'))
        flat = echo.replace('\r', ' ').replace('\n', ' ')
        if mode == 'redirect':
            self.raw('HTTP/1.1 307 Temporary\r\nLocation: http://%s@127.0.0.1:1/%s\r\nContent-Length: 0\r\n\r\n' % (token, token))
        elif mode == 'status':
            self.raw('HTTP/9.9 %s\r\n\r\n' % flat)
        elif mode == 'header':
            self.raw('HTTP/1.1 200 OK\r\n%s\r\nContent-Length: %s\r\n\r\n' % (flat, flat))
        elif mode == 'chunk':
            self.raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n' % flat)
        elif mode == 'encoding':
            self.raw('HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nTransfer-Encoding: %s\r\nContent-Length: 3\r\n\r\nabc' % (token, token))
        elif mode == 'retry':
            self.raw('HTTP/1.1 503 %s\r\nRetry-After: %s\r\nContent-Length: 2\r\n\r\n{}' % (flat[:80], token))
        elif mode == 'cut':
            self.raw('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n' + echo)
        else:
            status, reply = MODES[mode](echo, body)
            self.raw('HTTP/1.1 %d Something\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n' % (status, len(reply)), reply)

    def raw(self, head, body=b''):
        self.close_connection = True
        self.wfile.write(head.encode() + body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_LIST = answer

    def log_message(self, *_):
        pass


def serve():
    signal.alarm(300)
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    print(server.server_port, ' '.join(list(MODES) + ['redirect', 'status', 'header', 'chunk', 'encoding', 'retry', 'cut']), flush=True)
    server.serve_forever()


if __name__ == '__main__':
    if sys.argv[1] == 'serve':
        serve()
    elif sys.argv[1] == 'plant':
        plant(sys.argv[2], sys.argv[3])
    elif sys.argv[1] == 'unseen':
        wanted = pattern_of(sys.argv[2])[0]
        for one in sys.argv[3:]:
            with open(one, 'rb') as stream:
                if not wanted.search(stream.read()):
                    print(one)
    else:
        sys.exit(1 if search(sys.argv[2], sys.argv[3:]) else 0)
