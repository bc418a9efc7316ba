package server_test

import (
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/store/memory"
)

// TestTheDailyReportIsMailed has a night come for a channel that wants the reports
// told and for one that does not, and wants one letter whatever restarts.
func TestTheDailyReportIsMailed(t *testing.T) {
	box, c, store := newMailbox(t), &clock{now: begin}, memory.New()
	start := func() *world {
		t.Helper()
		mailing, reporting = box.smtp(), server.Reports{Daily: true, At: 15 * time.Minute}
		defer func() { mailing, reporting = server.SMTP{}, server.Reports{} }()
		return newWorld(t, store, c, newSink(t, c), loopback())
	}
	w := start().open()
	w.net(1_234_00)
	token := w.token(merchant)
	channel := func(to string, daily bool) answer {
		return ask(t, w.Public, token, "POST", "/api/alerts/channels", object{
			"kind": "email", "target": to, "dailyReport": daily,
		})
	}
	created(t, channel("maria@exemplo.com", false))
	shown := channel("jose@exemplo.com", true)
	created(t, shown)
	if shown.body["dailyReport"] != true {
		t.Errorf("created %v", shown.body)
	}
	refused := ask(t, w.Public, token, "POST", "/api/alerts/channels", object{"kind": "webhook", "dailyReport": true})
	message, _ := refused.body["message"].(string)
	if refused.status != 400 || !strings.Contains(message, "dailyReport") {
		t.Errorf("a webhook: %d %v", refused.status, refused.body)
	}
	c.advance(24 * time.Hour)
	for range 2 {
		w.stop()
		w = start()
	}
	told := box.next(t)
	subject, err := new(mime.WordDecoder).DecodeHeader(told.mail.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(told.body)))
	if err != nil {
		t.Fatal(err)
	}
	if len(told.to) != 1 || told.to[0] != "jose@exemplo.com" ||
		!strings.Contains(subject, "Relatório diário 20/11/2026: ALERTA") {
		t.Errorf("to %v: %s", told.to, subject)
	}
	for _, want := range []string{
		"Conta " + merchant.String(), "Saldo inicial: R$\u00a00,00", "Créditos: R$\u00a01.000.000,00",
		"Saldo final: R$\u00a01.234,00", "- saldo disponível abaixo do limite de atenção",
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%q is not in\n%s", want, body)
		}
	}
	kept := ask(t, w.Public, w.token(merchant), "GET", "/api/report?date=2026-11-20", nil)
	if flow, _ := kept.body["flow"].(object); kept.status != 200 || flow["closing"] != 1234.00 {
		t.Errorf("kept: %d %v", kept.status, kept.body)
	}
	// Nothing more is left to be told.
	w.stop()
	if len(box.letters) > 0 {
		t.Errorf("told again: %+v", <-box.letters)
	}
}
