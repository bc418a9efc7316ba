// A merchant's integration in Node with axios, as the API's public guides write it: it signs in with a certificate,
// creates a charge and sees it paid, pays out, reads the statement, and receives the webhooks.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import axios from 'axios'

const { SALDO_URL, SALDO_CLIENT_ID, SALDO_CLIENT_SECRET, SALDO_CLIENT_CERT } = process.env

const api = axios.create({ baseURL: SALDO_URL, timeout: 20_000 })

async function signIn() {
  const { status, data } = await api.post(
    '/api/auth/token',
    { clientId: SALDO_CLIENT_ID, clientSecret: SALDO_CLIENT_SECRET },
    { headers: { 'X-SSL-Client-Cert': encodeURIComponent(SALDO_CLIENT_CERT) } },
  )
  assert.equal(status, 201)
  assert.equal(data.token_type, 'Bearer')
  assert.equal(data.expires_in, 1800)
  api.defaults.headers.common.Authorization = `Bearer ${data.access_token}`
}

async function balance() {
  const { data } = await api.get('/api/balance')
  assert.equal(Math.round(data.grossBalance * 100), Math.round((data.netBalance + data.blockedBalance) * 100))
  assert.match(data.consultedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  return data
}

// hooks receives webhooks and hands them to whoever waits for them.
class Hooks {
  #seen = []
  #waiting = []

  async listen() {
    this.server = createServer((request, response) => {
      let body = ''
      request.on('data', (part) => (body += part))
      request.on('end', () => {
        response.writeHead(200).end()
        this.#seen.push({ headers: request.headers, body: JSON.parse(body) })
        this.#waiting.splice(0).forEach((wake) => wake())
      })
    })
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${this.server.address().port}/hooks`
  }

  async of(event, transactionId) {
    for (;;) {
      const hook = this.#seen.find(({ body }) => body.event === event && body.transactionId === transactionId)
      if (hook) return hook
      await new Promise((resolve) => this.#waiting.push(resolve))
    }
  }
}

async function refused(request) {
  try {
    await request
  } catch (error) {
    return error.response
  }
  assert.fail('was not refused')
}

const hooks = new Hooks()
const url = await hooks.listen()
await signIn()
const start = await balance()
assert.equal(start.netBalance, 100)

for (const eventType of ['cash_in', 'cash_out']) {
  const { data } = await api.post('/api/webhooks', { url, eventType, headers: [{ key: 'X-Loja', value: 'node' }] })
  assert.equal(data.success, true)
}
const { data: configured } = await api.get('/api/webhooks')
assert.deepEqual(configured.webhooks.map((w) => w.type).sort(), ['cash_in', 'cash_out'])
assert.deepEqual(configured.webhooks[0].headers, { 'X-Loja': 'node' })

const { data: charge } = await api.post('/api/pix/cash-in', {
  transaction: { value: 80, description: 'Pedido 1', externalId: 'node-in-1', expirationTime: 3600, generateQrCode: true },
  payer: { fullName: 'Jose Exemplo', document: '11144477735' },
})
assert.equal(charge.status, 'PENDING')
assert.match(charge.pixCode, /^000201.*6304[0-9A-F]{4}$/)
assert.match(charge.qrCodeImage, /^data:image\/png;base64,/)
const paid = await hooks.of('CashIn', charge.transactionId)
assert.equal(paid.headers['x-loja'], 'node')
assert.equal(paid.body.status, 'CONFIRMED')
assert.equal(paid.body.movementType, 'CREDIT')
assert.equal(paid.body.originalAmount, 80)
assert.equal(paid.body.feeAmount, 0.4)
assert.equal(paid.body.finalAmount, 79.6)
assert.match(paid.body.endToEndId, /^E\w{31}$/)

const payment = {
  value: 50, externalId: 'node-out-1', description: 'Fornecedor',
  details: { key: '11999990001', keyType: 'PHONE', name: 'Maria Exemplo', document: '11144477735' },
}
const { data: out } = await api.post('/api/pix/cash-out', payment)
assert.equal(out.status, 'PENDING')
const during = await balance()
assert.equal(during.blockedBalance, 50.4)
const sent = await hooks.of('CashOut', out.transactionId)
assert.equal(sent.body.status, 'CONFIRMED')
assert.equal(sent.body.finalAmount, 50.4)

const twice = await refused(api.post('/api/pix/cash-out', payment))
assert.equal(twice.status, 409)
const tooMuch = await refused(api.post('/api/pix/cash-out', { ...payment, value: 10_000, externalId: 'node-out-2' }))
assert.equal(tooMuch.status, 400)
assert.match(tooMuch.data.message, /saldo insuficiente/)

const { data: statement } = await api.get('/api/transactions', { params: { page: 1, size: 10 } })
assert.equal(statement.metadata.total, 2)
assert.deepEqual(statement.data.map((t) => [t.operationType, t.status, t.movementType]), [
  ['Pix out', 'Confirmado', 'DEBIT'],
  ['Pix in', 'Confirmado', 'CREDIT'],
])
const { data: looked } = await api.get('/api/pix/transaction/node-out-1')
assert.equal(looked.id, out.transactionId)
assert.equal(looked.type, 'WITHDRAW')

const end = await balance()
assert.deepEqual([end.grossBalance, end.blockedBalance, end.netBalance], [129.2, 0, 129.2])

const unauthorized = await refused(api.get('/api/balance', { headers: { Authorization: 'Bearer wrong' } }))
assert.equal(unauthorized.status, 401)
hooks.server.close()
console.log('ok')
