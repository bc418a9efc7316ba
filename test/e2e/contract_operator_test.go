package e2e

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/openapi"
	"github.com/saldo-pix/saldo/test/saldotest"
)

// TestTheOperatorsAPIIsWalked asks every operation of the operator's API for every
// status that its document names.
func TestTheOperatorsAPIIsWalked(t *testing.T) { onEveryStore(t, testTheOperatorsAPIIsWalked) }

func testTheOperatorsAPIIsWalked(t *testing.T, at place) {
	where := at.new(t)
	store := where.URL
	if store == "" {
		store = "pebble:" + where.Dir
	}
	p := saldotest.StartServe(t, store, "--webhook-retries", "1s", "--webhook-networks", "127.0.0.0/8")
	w := &operatorWalk{walk{T: t, p: p, a: p.NewAccount(t, "1000.00", `,"pixKeys":["`+walkKey+`"]`)}, p.OperatorClient()}
	letters := w.giveUp()
	w.accounts()
	w.credentials()
	w.holds()
	w.railAndWatch()
	w.hooks()
	w.deadLetters(letters)
	w.shared()
	w.tooMany(w.house, "GET /report")
	w.wantEveryStatus()
	wantTrialBalance(t, p)
}

// operatorWalk is walk for the operator.
type operatorWalk struct {
	walk
	house *saldotest.Client
}

// ask is want without a rule to name.
func (w *operatorWalk) ask(status int, request string, body any) saldotest.Answer {
	w.Helper()
	return w.want(w.house, "the operator", status, "", request, body)
}

const opened = `{"name":"Loja","document":"11222333000181","brand":"avista","pixKeys":[%s]}`

func (w *operatorWalk) accounts() {
	w.ask(201, "POST /accounts", fmt.Sprintf(opened, `"nova@exemplo.com.br"`))
	w.ask(409, "POST /accounts", fmt.Sprintf(opened, `"nova@exemplo.com.br"`))
	w.ask(400, "POST /accounts", `{}`)
	w.ask(200, "GET /accounts?limit=1000", nil)
	w.ask(200, "GET /accounts/"+w.a.ID, nil)
	w.ask(200, "PATCH /accounts/"+w.a.ID, `{"provider":null,"bacen":{"enabled":true},"addPixKeys":["mais@exemplo.com.br"]}`)
	w.ask(409, "PATCH /accounts/"+w.a.ID, `{"addPixKeys":["nova@exemplo.com.br"]}`)
	w.ask(400, "PATCH /accounts/"+w.a.ID, `{"splitFrequency":"YEARLY"}`)
	w.ask(200, "GET /accounts/"+w.a.ID+"/statement?format=jsonl", nil)
	w.ask(200, "GET /accounts/"+w.a.ID+"/report?format=csv", nil)
	w.ask(200, "GET /brands", nil)
	w.ask(200, "GET /brands/avista", nil)
}

func (w *operatorWalk) credentials() {
	credentials, certificates := "/accounts/"+w.a.ID+"/credentials", "/accounts/"+w.a.ID+"/certificates"
	own := map[string]any{"certificate": certificatePEM(w.T)}
	var issued struct{ ClientID, Fingerprint string }
	w.ask(201, "POST "+credentials, own).JSON(w, &issued)
	w.ask(400, "POST "+credentials, `{"scopes":["all"]}`)
	w.ask(200, "GET "+credentials, nil)
	other := w.p.NewAccount(w, "0.00", "")
	w.ask(409, "POST /accounts/"+other.ID+"/credentials", own)
	w.ask(409, "POST /accounts/"+other.ID+"/certificates", own)
	w.ask(201, "POST "+certificates, nil)
	w.ask(400, "POST "+certificates, `{"certificate":"none"}`)
	w.ask(200, "GET "+certificates, nil)
	w.ask(400, "DELETE "+certificates+"/xyz", nil)
	w.ask(204, "DELETE /credentials/"+issued.ClientID, nil)
	var bound struct{ Fingerprint string }
	w.ask(201, "POST "+certificates, nil).JSON(w, &bound)
	w.ask(204, "DELETE "+certificates+"/"+bound.Fingerprint, nil)
	w.ask(404, "DELETE "+certificates+"/"+bound.Fingerprint, nil)
}

// certificatePEM is a client certificate of the account's own.
func certificatePEM(t *testing.T) string {
	t.Helper()
	now := time.Now()
	pem, _, _, err := auth.NewClientCertificate(rand.Reader, "own", now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return string(pem)
}

func (w *operatorWalk) holds() {
	holds := "/accounts/" + w.a.ID + "/holds"
	var h hold
	w.ask(201, "POST "+holds, `{"amount":10.00,"reason":"judicial","case":"c"}`).JSON(w, &h)
	w.ask(409, "POST "+holds, `{"amount":11.00,"reason":"judicial","case":"c"}`)
	w.ask(400, "POST "+holds, `{"amount":11.00,"reason":"revenge"}`)
	w.ask(200, "GET "+holds, nil)
	w.ask(200, "GET /holds?due="+url.QueryEscape(time.Now().Add(time.Hour).Format(time.RFC3339)), nil)
	w.ask(400, "GET /holds?due=soon", nil)
	w.ask(200, "GET /holds/"+h.HoldID, nil)
	w.ask(400, "POST /holds/"+h.HoldID+"/capture", `{"amount":0.001}`)
	w.ask(400, "POST /holds/"+h.HoldID+"/release", `{"amount":0.001}`)
	w.ask(200, "POST /holds/"+h.HoldID+"/capture", `{"amount":1.00,"to":"fees"}`)
	w.ask(200, "POST /holds/"+h.HoldID+"/release", nil)
	w.ask(409, "POST /holds/"+h.HoldID+"/capture", nil)
	w.ask(409, "POST /holds/"+h.HoldID+"/release", nil)
}

func (w *operatorWalk) railAndWatch() {
	w.ask(200, "POST /rail/events", `[{"id":"1","type":"payment.settled","transactionId":"1"}]`)
	w.ask(400, "POST /rail/events", `{"id":"1","type":"payment.exploded"}`)
	w.ask(200, "GET /rail/orders?status=open&rail=sandbox", nil)
	w.ask(400, "GET /rail/orders?status=closed", nil)
	var items struct {
		Data []struct{ ID string }
	}
	w.ask(200, "GET /suspense", nil).JSON(w, &items)
	w.ask(400, "GET /suspense?status=lost", nil)
	resolve := "POST /suspense/" + items.Data[0].ID + "/resolve"
	w.ask(400, resolve, `{"action":"dismiss"}`)
	w.ask(409, resolve, `{"action":"apply"}`)
	w.ask(200, resolve, `{"action":"dismiss","note":"de teste"}`)
	w.ask(404, "POST /suspense/1/resolve", `{"action":"apply"}`)
	for _, path := range []string{"/trial-balance", "/house", "/holds/summary", "/nodes"} {
		w.ask(200, "GET "+path, nil)
	}
	w.ask(200, "GET /med?account="+w.a.ID, nil)
	w.ask(404, "GET /med?account=9999999999", nil)
	for _, path := range []string{"/metrics", "/openapi.json", "/openapi.yaml", "/healthz", "/readyz"} {
		w.ask(200, "GET "+path, nil)
	}
}

func (w *operatorWalk) hooks() {
	of := "/accounts/" + w.a.ID + "/webhooks"
	w.ask(200, "PUT "+of+"/refund_in", `{"url":"https://127.0.0.1:1/pix","active":false}`)
	w.ask(400, "PUT "+of+"/refund_in", `{"url":"ftp://loja.example"}`)
	w.ask(200, "GET "+of, nil)
	w.ask(200, "PATCH "+of, `{"username":"loja","password":"exemplo"}`)
	w.ask(400, "PATCH "+of, `{"version":3}`)
	w.ask(200, "POST "+of+"/refund_in/test", nil)
	w.ask(200, "POST "+of+"/refund_in/secret", nil)
	w.ask(204, "DELETE "+of+"/refund_in", nil)
}

// giveUp makes three messages that can't be delivered, and returns how to get
// their ids once they were given up.
func (w *operatorWalk) giveUp() func() []string {
	w.want(w.a.Client, "a webhook", 200, "", "POST /api/webhooks", `{"url":"https://127.0.0.1:1/pix","eventType":"cash_out"}`)
	for _, id := range []string{"1", "2", "3"} {
		tx := w.a.Pay(w, id, "1.00")
		w.p.Event(w, "applied", text(`{"id":"x%s","type":"payment.rejected","transactionId":%q}`, id, tx.TransactionID))
		w.ask(200, "GET /deliveries/"+tx.TransactionID, nil)
	}
	return func() []string {
		var page struct{ Data []struct{ ID string } }
		eventually(w.T, func() string {
			w.ask(200, "GET /dead-letters", nil).JSON(w, &page)
			if len(page.Data) < 3 {
				return fmt.Sprintf("%d dead letters", len(page.Data))
			}
			return ""
		})
		var ids []string
		for _, letter := range page.Data {
			ids = append(ids, letter.ID)
		}
		return ids
	}
}

func (w *operatorWalk) deadLetters(letters func() []string) {
	ids := letters()
	w.ask(204, "DELETE /dead-letters/"+ids[0], nil)
	w.ask(202, "POST /dead-letters/"+ids[1]+"/replay", nil)
	w.ask(202, "POST /accounts/"+w.a.ID+"/dead-letters/replay", nil)
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// shared are the refusals that operations share: the token, an id of nobody, a
// page too large, a body too large.
func (w *operatorWalk) shared() {
	stranger := &saldotest.Client{URL: w.house.URL, HTTP: w.house.HTTP, Token: w.a.Token}
	for _, o := range openapi.Operator().Operations() {
		method, path, _ := strings.Cut(o.Route, " ")
		somewhere := method + " " + placeholder.ReplaceAllString(path, w.a.ID)
		somewhere = strings.ReplaceAll(somewhere, "/webhooks/"+w.a.ID, "/webhooks/cash_in")
		nowhere := strings.Replace(path, "{fingerprint}", strings.Repeat("0", 64), 1)
		nowhere = method + " " + placeholder.ReplaceAllString(nowhere, "9999999999")
		body := ""
		if path == "/deliveries/{id}" {
			nowhere = method + " /deliveries/x"
		}
		if o.Route == "POST /accounts/{id}/holds" {
			body = `{"amount":1.00,"reason":"other"}`
		} else if o.Route == "POST /suspense/{id}/resolve" {
			body = `{"action":"dismiss","note":"nada"}`
		} else if method == "PUT" {
			body = `{"url":"https://loja.example"}`
		} else if method == "PATCH" {
			body = `{}`
		}
		if slices.Contains(o.Statuses, 401) {
			w.want(stranger, "a merchant's token", 401, "", somewhere, nil)
		}
		if slices.Contains(o.Statuses, 404) && path != "/med" {
			w.want(w.house, "an id of nobody", 404, "", nowhere, body)
		}
		if path == "/accounts/{id}/statement" {
			w.want(w.house, "a day that is none", 400, "from", somewhere+"?from=2026-11-31", nil)
		} else if strings.HasSuffix(path, "/report") {
			w.want(w.house, "a day that is none", 400, "date", somewhere+"?date=2026-11-31", nil)
		} else if slices.Contains(o.Statuses, 400) && method == "GET" {
			w.want(w.house, "a page of 1001", 400, "limit", somewhere+"?limit=1001", nil)
		}
		if slices.Contains(o.Statuses, 413) {
			w.want(w.house, "a body too large", 413, "", somewhere, `{"x":"`+chars(1<<20)+`"}`)
		}
	}
}

func (w *operatorWalk) wantEveryStatus() {
	w.Helper()
	for _, o := range openapi.Operator().Operations() {
		for _, status := range o.Statuses {
			if status < http.StatusInternalServerError && !w.p.Seen(o.Route, status) {
				w.Errorf("%s was never answered with %d", o.Route, status)
			}
		}
	}
}
