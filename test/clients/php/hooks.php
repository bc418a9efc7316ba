<?php
// Receives webhooks: each becomes a line of the file that SALDO_HOOKS names.
$line = json_encode(['headers' => getallheaders(), 'body' => json_decode(file_get_contents('php://input'), true)]);
file_put_contents(getenv('SALDO_HOOKS'), $line . "\n", FILE_APPEND | LOCK_EX);
http_response_code(200);
