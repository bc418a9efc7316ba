package httpapi

import (
	"net/http"

	"github.com/saldo-pix/saldo/wire"
)

// routes is the map of the public API.
func (s *Server) routes() *wire.Mux {
	mux := new(wire.Mux)

	mux.HandleFunc("POST /api/auth/token", s.respond.Handle(s.issueToken))
	mux.HandleFunc("POST /oauth/token", s.respond.Handle(s.issueOAuthToken))
	mux.HandleFunc("GET /.well-known/jwks.json", s.jwks)

	mux.HandleFunc("GET /api/balance", s.signedIn(s.balance))
	mux.HandleFunc("GET /api/balance/history", s.signedIn(s.history))
	mux.HandleFunc("GET /api/balance/blocked", s.signedIn(s.blocked))
	mux.HandleFunc("GET /api/balance/stream", s.signedIn(s.stream))
	mux.HandleFunc("GET /accounts/balances", s.bacen(scopeBalanceRead, s.bacenBalances))
	mux.HandleFunc("PUT /cob/{txid}", s.bacen(scopePixWrite, s.putCob))
	mux.HandleFunc("GET /cob/{txid}", s.bacen(scopePixRead, s.showCob))
	mux.HandleFunc("PUT /pix/{e2eid}/devolucao/{id}", s.bacen(scopePixWrite, s.putDevolucao))
	mux.HandleFunc("GET /pix/{e2eid}/devolucao/{id}", s.bacen(scopePixRead, s.showDevolucao))
	mux.HandleFunc("POST /dict/pix", s.bacen(scopePixWrite, s.dictPix))

	mux.HandleFunc("POST /api/pix/cash-in", s.signedIn(s.cashIn))
	mux.HandleFunc("POST /api/pix/cash-out", s.signedIn(s.cashOut))
	mux.HandleFunc("POST /api/pix/cash-out-qrcode", s.signedIn(s.payQRCode))
	mux.HandleFunc("POST /api/pix/refund-in/{id}", s.signedIn(s.refundIn))
	mux.HandleFunc("GET /api/pix/transaction/{id}", s.signedIn(s.transaction))
	mux.HandleFunc("GET /api/pix/transaction/{id}/details", s.signedIn(s.details))
	mux.HandleFunc("GET /api/pix/charges", s.signedIn(s.listCharges))
	mux.HandleFunc("GET /api/med", s.signedIn(s.listMEDs))
	mux.HandleFunc("GET /api/transactions", s.signedIn(s.statement))
	mux.HandleFunc("GET /api/statement", s.signedIn(s.extract))
	mux.HandleFunc("GET /api/report", s.signedIn(s.report))
	mux.HandleFunc("GET /api/pix/transactions/pix-key/{pixKey}", s.signedIn(s.keyStatement))
	mux.HandleFunc("GET /api/pix/transactions/pix-key/{pixKey}/{identifier}", s.signedIn(s.keyTransaction))

	mux.HandleFunc("GET /api/webhooks", s.signedIn(s.listWebhooks))
	mux.HandleFunc("POST /api/webhooks", s.signedIn(s.setWebhook))
	mux.HandleFunc("POST /api/resend-webhook/{transactionIdentifier}", s.signedIn(s.resendWebhook))

	mux.HandleFunc("GET /api/alerts", s.signedIn(s.listAlerts))
	mux.HandleFunc("POST /api/alerts/{id}/acknowledge", s.signedIn(s.acknowledgeAlert))
	mux.HandleFunc("GET /api/alerts/rules", s.signedIn(s.listRules))
	mux.HandleFunc("POST /api/alerts/rules", s.signedIn(s.createRule))
	mux.HandleFunc("GET /api/alerts/rules/{id}", s.signedIn(s.showRule))
	mux.HandleFunc("PUT /api/alerts/rules/{id}", s.signedIn(s.replaceRule))
	mux.HandleFunc("DELETE /api/alerts/rules/{id}", s.signedIn(s.deleteRule))
	mux.HandleFunc("GET /api/alerts/channels", s.signedIn(s.listChannels))
	mux.HandleFunc("POST /api/alerts/channels", s.signedIn(s.createChannel))
	mux.HandleFunc("GET /api/alerts/channels/{id}", s.signedIn(s.showChannel))
	mux.HandleFunc("PUT /api/alerts/channels/{id}", s.signedIn(s.replaceChannel))
	mux.HandleFunc("DELETE /api/alerts/channels/{id}", s.signedIn(s.deleteChannel))
	mux.HandleFunc("POST /api/alerts/channels/{id}/test", s.signedIn(s.testChannel))

	mux.HandleFunc("POST /api/sandbox/charges/{id}/pay", s.sandboxed(s.sandboxPay))
	mux.HandleFunc("POST /api/sandbox/med", s.sandboxed(s.sandboxOpenMED))
	mux.HandleFunc("POST /api/sandbox/med/{id}/accept", s.sandboxed(s.sandboxDecideMED(true)))
	mux.HandleFunc("POST /api/sandbox/med/{id}/reject", s.sandboxed(s.sandboxDecideMED(false)))

	mux.HandleFunc("GET /api/reconciliations", s.signedIn(s.listReconciliations))
	mux.HandleFunc("POST /api/reconciliations", s.signedIn(s.reconcileFile))
	mux.HandleFunc("GET /api/reconciliations/{id}", s.signedIn(s.showReconciliation))
	mux.HandleFunc("DELETE /api/reconciliations/{id}", s.signedIn(s.deleteReconciliation))
	mux.HandleFunc("GET /api/reconciliations/{id}/breaks", s.signedIn(s.listBreaks))
	mux.HandleFunc("PATCH /api/reconciliations/{id}/breaks/{n}", s.signedIn(s.changeBreak))
	mux.HandleFunc("GET /api/reconciliations/{id}/export", s.signedIn(s.exportReconciliation))

	mux.HandleFunc("GET /openapi.json", s.signedIn(s.openapiJSON))
	mux.HandleFunc("GET /openapi.yaml", s.signedIn(s.openapiYAML))
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("/", s.respond.Handle(s.nothingHere))
	return mux
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	wire.WriteRaw(w, http.StatusOK, []byte(`{"status":"ok"}`))
}

// nothingHere answers for paths that are not of the API, and for methods that a
// path does not have.
func (s *Server) nothingHere(_ http.ResponseWriter, r *http.Request) error {
	return &wire.Problem{
		Status: http.StatusNotFound, Code: "NOT_FOUND", Message: "no " + r.Method + " on this path",
		UserMessage: "Recurso não encontrado.",
	}
}
