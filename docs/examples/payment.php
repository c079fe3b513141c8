#!/usr/bin/env php
<?php
// A till in PHP: one payment, a crash, and the truth afterwards. Debian: apt-get install php-cli
//
// payment.php sell     a card, a top-up, a payment, its receipt; then a payment that the till does not survive
// payment.php resume   the next start of that till: what became of it
// payment.php key      the till's own key, to be granted rights
// payment.php sign     a payment that the till signs itself, with libsodium, which PHP brings along
//
// KERMESSE_URL, KERMESSE_KEY: what `npm start` prints. To sign: KERMESSE_NETWORK, KERMESSE_PLACE, KERMESSE_GRANT.
declare(strict_types=1);

const JOURNAL = 'journal.jsonl';
const PATIENCE_SECONDS = 60;

/** The id of a payment: made before the payment is first sent, the same on every retry. */
function uuid7(): string
{
    $bytes = substr(pack('J', (int) (microtime(true) * 1000)), 2) . random_bytes(10);
    $bytes[6] = chr(ord($bytes[6]) & 0x0F | 0x70);
    $bytes[8] = chr(ord($bytes[8]) & 0x3F | 0x80);
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
}

/** One attempt: status, body, seconds to wait. Status 0 is silence: nobody knows whether it arrived. */
function ask(string $method, string $path, ?array $body = null, ?string $jose = null): array
{
    $headers = ['prefer: wait=5'];
    if ($jose !== null) {
        $headers[] = 'content-type: application/jose';
    } else {
        $headers[] = 'authorization: Bearer ' . getenv('KERMESSE_KEY');
    }
    if ($body !== null) {
        $headers[] = 'content-type: application/json';
    }
    $context = stream_context_create(['http' => [
        'method' => $method,
        'header' => $headers,
        'content' => $jose ?? ($body === null ? '' : json_encode((object) $body)),
        'timeout' => 15,
        'ignore_errors' => true,
        'follow_location' => 0,
    ]]);
    $text = @file_get_contents(getenv('KERMESSE_URL') . $path, false, $context);
    $answer = $text === false ? null : json_decode($text, true);
    if (!is_array($answer)) {
        return [0, [], 0];
    }
    $wait = 0;
    foreach ($http_response_header as $header) {
        if (preg_match('/^retry-after: (\d+)/i', $header, $match)) {
            $wait = (int) $match[1];
        }
    }
    return [(int) explode(' ', $http_response_header[0])[1], $answer, $wait];
}

/** The same request until its answer is one. Throws when nobody can say in time: the id stays open. */
function settle(string $method, string $path, ?array $body = null, ?string $jose = null): array
{
    $end = microtime(true) + PATIENCE_SECONDS;
    for ($pause = 0.2;; $pause = min(5, $pause * 1.8)) {
        [$status, $answer, $wait] = ask($method, $path, $body, $jose);
        $unknown = in_array($status, [0, 202, 429], true) || $status >= 500;
        if (!$unknown && ($answer['status'] ?? '') !== 'pending') {
            return [$status, $answer];
        }
        $seconds = max($wait, $pause * random_int(50, 100) / 100);
        if (microtime(true) + $seconds > $end) {
            throw new RuntimeException('outcome unknown: resolve it later');
        }
        usleep((int) ($seconds * 1_000_000));
    }
}

/** On disk before anything is sent. Never a tag or a secret: the id is enough. */
function journal(array $entry): void
{
    $file = fopen(JOURNAL, 'a');
    fwrite($file, json_encode($entry) . "\n");
    fsync($file);
    fclose($file);
}

function order(string $path, array $body): array
{
    journal(['id' => $body['id'], 'open' => true]);
    [$status, $answer] = settle('POST', $path, $body);
    journal(['id' => $body['id'], 'open' => false]);
    // 201 and 200: applied. 422: refused, with a code. 410: cancelled or expired. Anything else is our mistake.
    echo $path, ' ', $status, ' ', $answer['code'] ?? $answer['status'] ?? 'done', "\n";
    return $answer;
}

/** What is open after a crash: ask; what the node never heard of, use up, so that it is never charged. */
function resolve(): void
{
    $entries = [];
    foreach (file(JOURNAL, FILE_IGNORE_NEW_LINES) as $line) {
        $entry = json_decode($line, true);
        $entries[$entry['id']] = $entry['open'];
    }
    foreach (array_keys(array_filter($entries)) as $payment) {
        [$status, $answer] = settle('GET', "/v1/transactions/$payment");
        if ($status === 404) {
            [$status, $answer] = settle('POST', "/v1/payments/$payment/cancel", []);
        }
        if ($status === 409) {
            $answer = $answer['outcome']; // it was applied before the cancellation came
        }
        journal(['id' => $payment, 'open' => false]);
        echo "resolved $payment {$answer['status']}\n";
    }
}

function sell(): void
{
    $tag = '04' . strtoupper(bin2hex(random_bytes(6)));
    order('/v1/cards', ['id' => uuid7(), 'tag' => $tag, 'activate' => true]);
    order('/v1/topups', ['id' => uuid7(), 'tag' => $tag, 'amount' => 2000]);
    $paid = order('/v1/payments', ['id' => uuid7(), 'payers' => [['tag' => $tag]], 'amount' => 650]);
    [, $receipt] = settle('GET', "/v1/transactions/{$paid['id']}/receipt");
    file_put_contents('receipt.json', json_encode($receipt));
    // The power fails while the second customer pays: the request is out, the answer never seen.
    $payment = uuid7();
    journal(['id' => $payment, 'open' => true]);
    ask('POST', '/v1/payments', ['id' => $payment, 'payers' => [['tag' => $tag]], 'amount' => 100]);
    exec('kill -9 ' . getmypid());
}

function base64url(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

/** The till's Ed25519 key, made once and kept in a file that only the till can read. */
function ownKey(): array
{
    if (!file_exists('till.seed')) {
        umask(0077);
        file_put_contents('till.seed', random_bytes(SODIUM_CRYPTO_SIGN_SEEDBYTES));
    }
    $pair = sodium_crypto_sign_seed_keypair(file_get_contents('till.seed'));
    return [sodium_crypto_sign_secretkey($pair), bech32m('key', sodium_crypto_sign_publickey($pair))];
}

/** An identifier: BIP 350 over 32 bytes. */
function bech32m(string $prefix, string $data): string
{
    $bits = '';
    foreach (str_split($data) as $byte) {
        $bits .= str_pad(decbin(ord($byte)), 8, '0', STR_PAD_LEFT);
    }
    $words = array_map(fn ($part) => bindec(str_pad($part, 5, '0')), str_split($bits, 5));
    $letters = array_map('ord', str_split($prefix));
    $spread = [...array_map(fn ($c) => $c >> 5, $letters), 0, ...array_map(fn ($c) => $c & 31, $letters)];
    $check = 1;
    foreach ([...$spread, ...$words, 0, 0, 0, 0, 0, 0] as $word) {
        $top = $check >> 25;
        $check = ($check & 0x1FFFFFF) << 5 ^ $word;
        foreach ([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3] as $index => $term) {
            $check ^= $top >> $index & 1 ? $term : 0;
        }
    }
    $check ^= 0x2BC830A3;
    for ($index = 5; $index >= 0; $index--) {
        $words[] = $check >> 5 * $index & 31;
    }
    $alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
    return $prefix . '1' . implode('', array_map(fn ($word) => $alphabet[$word], $words));
}

function sign(string $card): void
{
    [$secret, $kid] = ownKey();
    $payment = uuid7();
    $payload = [
        'aud' => getenv('KERMESSE_NETWORK'),
        'exp' => time() + 60,
        'jti' => $payment,
        'tx' => [
            'kind' => 'sale',
            'place' => getenv('KERMESSE_PLACE'),
            'grant' => getenv('KERMESSE_GRANT'),
            'payers' => [['card' => $card]],
            'amount' => 650,
            'unit' => 'EUR',
            'scale' => 2,
        ],
    ];
    $header = ['alg' => 'EdDSA', 'kid' => $kid, 'typ' => 'kermesse-tx+jwt'];
    // As JavaScript writes JSON: no escaped slashes, no escaped letters.
    $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE;
    $text = base64url(json_encode($header, $flags)) . '.' . base64url(json_encode($payload, $flags));
    $text .= '.' . base64url(sodium_crypto_sign_detached($text, $secret));
    // The first signed text is the payment: keep it, and send these bytes again.
    journal(['id' => $payment, 'open' => true, 'text' => $text]);
    [$status, $answer] = settle('POST', '/v1/transactions', null, $text);
    journal(['id' => $payment, 'open' => false]);
    echo "signed $status ", $answer['code'] ?? $answer['status'], "\n";
}

match ($argv[1] ?? 'sell') {
    'sell' => sell(),
    'resume' => resolve(),
    'key' => print(ownKey()[1] . "\n"),
    'sign' => sign($argv[2]),
};
