<?php
// A merchant's integration in PHP with curl, as the API's public guides write it: it signs in with a certificate,
// creates a charge and sees it paid, pays out, reads the statement, and receives the webhooks.
declare(strict_types=1);

const PATIENCE = 60; // seconds

$token = null;

function call(string $method, string $path, ?array $body = null, array $headers = []): array
{
    global $token;
    $headers[] = 'Content-Type: application/json';
    if ($token !== null) {
        $headers[] = 'Authorization: Bearer ' . $token;
    }
    $curl = curl_init(getenv('SALDO_URL') . $path);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method, CURLOPT_HTTPHEADER => $headers, CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 20,
    ]);
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, json_encode($body));
    }
    $text = curl_exec($curl);
    if ($text === false) {
        fail(curl_error($curl));
    }
    return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), json_decode($text, true), $text];
}

function fail(string $why): never
{
    fwrite(STDERR, $why . "\n");
    exit(1);
}

function same(mixed $want, mixed $got, string $what): void
{
    if ($want !== $got) {
        fail($what . ': ' . json_encode($got) . ', want ' . json_encode($want));
    }
}

function centavos(int|float $reais): int
{
    return (int) round($reais * 100);
}

function balance(): array
{
    [$status, $b] = call('GET', '/api/balance');
    same(200, $status, 'balance');
    same(centavos($b['grossBalance']), centavos($b['netBalance']) + centavos($b['blockedBalance']), 'gross');
    return $b;
}

// hook waits for the webhook of an event of a transaction.
function hook(string $event, string $transactionId): array
{
    $deadline = time() + PATIENCE;
    while (time() < $deadline) {
        foreach (file(getenv('SALDO_HOOKS'), FILE_IGNORE_NEW_LINES) as $line) {
            $hook = json_decode($line, true);
            if ($hook['body']['event'] === $event && $hook['body']['transactionId'] === $transactionId) {
                return $hook;
            }
        }
        usleep(50_000);
    }
    fail("no $event for $transactionId");
}

[$status, $answer] = call('POST', '/api/auth/token', [
    'clientId' => getenv('SALDO_CLIENT_ID'), 'clientSecret' => getenv('SALDO_CLIENT_SECRET'),
], ['X-SSL-Client-Cert: ' . rawurlencode(getenv('SALDO_CLIENT_CERT'))]);
same(201, $status, 'token');
same(1800, $answer['expires_in'], 'expires_in');
$token = $answer['access_token'];

same(10000, centavos(balance()['netBalance']), 'net at the start');

foreach (['cash_in', 'cash_out', 'refund_in'] as $event) {
    [$status, $answer] = call('POST', '/api/webhooks', [
        'url' => getenv('SALDO_HOOKS_URL'), 'eventType' => $event,
        'headers' => [['key' => 'X-Loja', 'value' => 'php']],
    ]);
    same(200, $status, 'webhook');
    same(true, $answer['success'], 'webhook');
}

[$status, $charge] = call('POST', '/api/pix/cash-in', [
    'transaction' => ['value' => 80.00, 'description' => 'Pedido 1', 'externalId' => 'php-in-1'],
    'payer' => ['fullName' => 'Jose Exemplo', 'document' => '11144477735'],
]);
same(201, $status, 'charge');
$paid = hook('CashIn', $charge['transactionId']);
same('php', $paid['headers']['X-Loja'], 'custom header');
same('CONFIRMED', $paid['body']['status'], 'charge');
same(7960, centavos($paid['body']['finalAmount']), 'charge');

$payment = [
    'value' => 50, 'externalId' => 'php-out-1',
    'details' => [
        'key' => '11144477735', 'keyType' => 'DOCUMENT', 'name' => 'Maria Exemplo', 'document' => '11144477735',
    ],
];
[$status, $out] = call('POST', '/api/pix/cash-out', $payment);
same(201, $status, 'payment');
same(5040, centavos(balance()['blockedBalance']), 'blocked');
same('CONFIRMED', hook('CashOut', $out['transactionId'])['body']['status'], 'payment');

[$status, $refund] = call('POST', '/api/pix/refund-in/' . $charge['transactionId'], [
    'refundValue' => 10.00, 'reason' => 'Item em falta',
]);
same(201, $status, 'refund');
$returned = hook('CashInReversal', $refund['transactionId'])['body'];
same('CONFIRMED', $returned['status'], 'refund');
same($charge['transactionId'], $returned['parentTransaction']['transactionId'], 'refund of');
same(7000, centavos($returned['parentTransaction']['remainingAmountForRefund']), 'remaining');

[$status] = call('POST', '/api/pix/cash-out', $payment);
same(409, $status, 'the same payment again');
[$status, $answer] = call('POST', '/api/pix/cash-out', ['value' => 10000, 'externalId' => 'php-out-2'] + $payment);
same(400, $status, 'more than there is');
same(true, str_contains($answer['message'], 'saldo insuficiente'), $answer['message']);

[$status, $statement] = call('GET', '/api/transactions?size=10');
same(200, $status, 'statement');
same(['Refund in', 'Pix out', 'Pix in'], array_column($statement['data'], 'operationType'), 'statement');
same(['Confirmado'], array_values(array_unique(array_column($statement['data'], 'status'))), 'statement');

$end = balance();
same([11880, 0], [centavos($end['grossBalance']), centavos($end['blockedBalance'])], 'balance at the end');

$token = 'wrong';
same(401, call('GET', '/api/balance')[0], 'a wrong token');
echo "ok\n";
