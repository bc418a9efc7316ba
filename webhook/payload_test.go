package webhook_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/webhook"
)

// maria is a counterpart of whom everything is known. She is made up.
var maria = pix.Counterpart{
	Name: "Maria Exemplo", Document: "12345678909", ISPB: "99999004", BankCode: "999", BankName: "Banco Ficticio",
	Branch: "0001", Number: "123456-7",
}

// movements are one of each kind and outcome that a webhook tells of.
func movements() map[string]pix.Movement {
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	receipt := pix.Movement{
		ID: 101, Account: account, Kind: pix.Receipt, Status: pix.Confirmed, Amount: 80_00, Fee: 40,
		ExternalID: "INV-7", EndToEndID: "E99999004202611201005abcdefghij1", TxID: "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6",
		PixKey: "loja@exemplo.com", Description: "Pedido 7", Counterpart: maria, CreatedAt: at(0), UpdatedAt: at(3),
		ProcessedAt: at(2), Returned: 30_00,
	}
	payment := pix.Movement{
		ID: 102, Account: account, Kind: pix.Payment, Status: pix.Confirmed, Amount: 80_00, Fee: 40,
		ExternalID: "PAY-31", EndToEndID: "E99999003202611201005abcdefghij2", PixKey: "maria@exemplo.com",
		Counterpart: pix.Counterpart{Name: "Fornecedor LTDA", Document: "10203040000150"}, CreatedAt: at(4), UpdatedAt: at(6),
		ProcessedAt: at(6), Returned: 80_00, Terms: &pix.Terms{IdempotencyKey: "0f3c1c0a-3b67-4a0e-9a55-1f7d2f0b9c21"},
	}
	refused := payment
	refused.ID, refused.Status, refused.ExternalID, refused.Returned, refused.Terms = 103, pix.Failed, "PAY-32", 0, nil
	refused.ErrorCode, refused.ErrorMessage, refused.Counterpart = "INVALID_PIX_KEY", "chave inexistente", pix.Counterpart{}
	refused.EndToEndID = "E99999003202611201005abcdefghij3"
	given := pix.Movement{
		ID: 104, Account: account, Kind: pix.ReturnSent, Status: pix.Confirmed, Amount: 20_00, Fee: 10, Parent: 101,
		ExternalID: "refund-1", EndToEndID: "D99999003202611201006abcdefghij4", PixKey: receipt.PixKey,
		Description: "Devolução parcial", Counterpart: maria, CreatedAt: at(60), UpdatedAt: at(62), ProcessedAt: at(62),
	}
	earlier := given
	earlier.ID, earlier.Amount, earlier.Fee, earlier.ExternalID, earlier.CreatedAt = 105, 10_00, 0, "refund-0", at(50)
	earlier.EndToEndID, earlier.Description = "D99999003202611201005abcdefghij5", ""
	came := pix.Movement{
		ID: 106, Account: account, Kind: pix.ReturnReceived, Status: pix.Confirmed, Amount: 80_00, Parent: 102,
		EndToEndID: "D99999004202611201007abcdefghij6", PixKey: payment.PixKey, Counterpart: payment.Counterpart,
		CreatedAt: at(120), UpdatedAt: at(120), ProcessedAt: at(120),
	}
	failed := given
	failed.ID, failed.Status, failed.ProcessedAt, failed.ErrorCode = 107, pix.Failed, at(70), "TIMEOUT"
	failed.CreatedAt, failed.ExternalID, failed.EndToEndID = at(65), "refund-2", "D99999003202611201006abcdefghij7"
	return map[string]pix.Movement{
		"cash_in": receipt, "cash_out": payment, "cash_out_error": refused, "refund_in": given, "refund_in_error": failed,
		"refund_out": came, "earlier": earlier,
	}
}

func withMovements(t *testing.T) (*world, map[string]pix.Movement) {
	w := newWorld(t, webhook.SenderOptions{})
	all := movements()
	w.write(func(b *pix.Books) {
		for _, m := range all {
			b.Movements.Put(m.ID, m)
		}
	})
	return w, all
}

func TestPayloadsAreWhatTheContractSays(t *testing.T) {
	w, all := withMovements(t)
	for version, prefix := range map[int]string{1: "v1_", 2: "v2_"} {
		p := w.profile()
		p.Settings.Webhooks = &pix.Webhooks{V2: version == 2}
		for name, m := range all {
			if name == "earlier" {
				continue
			}
			payload, err := w.courier.Payload(t.Context(), p, pix.NoticeOf(m.Kind), uint64(m.ID))
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			golden(t, prefix+name, payload)
		}
	}
}

// TestWhatBeganInAVersionEndsInIt is contract §9.1.
func TestWhatBeganInAVersionEndsInIt(t *testing.T) {
	w, all := withMovements(t)
	switchTo := func(version int, at time.Time) {
		t.Helper()
		c := &pix.SetWebhookVersion{Account: account, Version: version, At: at}
		if _, err := book.Do(t.Context(), w.book, c); err != nil {
			t.Fatal(err)
		}
	}
	version := func(name string) int {
		t.Helper()
		m := all[name]
		payload, err := w.courier.Payload(t.Context(), w.profile(), pix.NoticeOf(m.Kind), uint64(m.ID))
		if err != nil {
			t.Fatal(err)
		}
		var shape struct{ Event, Type string }
		if err := json.Unmarshal(payload, &shape); err != nil || (shape.Event == "") == (shape.Type == "") {
			t.Fatalf("%s is of no version: %s", name, payload)
		}
		if shape.Event != "" {
			return 1
		}
		return 2
	}
	switchTo(2, start.Add(3*time.Second))
	if version("cash_in") != 1 || version("cash_out") != 2 {
		t.Error("a switch is for what is created after it, and only that")
	}
	switchTo(2, start.Add(time.Hour)) // it is 2 already
	if version("cash_out") != 2 {
		t.Error("the same switch again moved its time")
	}
	switchTo(1, start.Add(90*time.Second))
	if version("refund_in") != 2 || version("refund_out") != 1 {
		t.Error("a switch back is for what is created after it, and only that")
	}
}

func TestAPayloadIsOfItsOwnAccountAndKind(t *testing.T) {
	w, _ := withMovements(t)
	foreign := w.profile()
	foreign.ID++
	for name, ask := range map[string]func() ([]byte, error){
		"another account": func() ([]byte, error) { return w.courier.Payload(t.Context(), foreign, pix.NoticeCashIn, 101) },
		"another kind": func() ([]byte, error) {
			return w.courier.Payload(t.Context(), w.profile(), pix.NoticeCashOut, 101)
		},
		"no such movement": func() ([]byte, error) { return w.courier.Payload(t.Context(), w.profile(), pix.NoticeCashIn, 9) },
		"no such case":     func() ([]byte, error) { return w.courier.Payload(t.Context(), w.profile(), pix.NoticeMEDCreated, 9) },
	} {
		if payload, err := ask(); !errors.Is(err, pix.ErrNotFound) {
			t.Errorf("%s: %s, %v", name, payload, err)
		}
	}
}

// TestAlertPayloadsAreOfTheirEvent tells of an alert as it was at each event, however
// it has gone on since.
func TestAlertPayloadsAreOfTheirEvent(t *testing.T) {
	w, _ := withMovements(t)
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	alert := pix.Alert{
		ID: 601, Rule: 600, Name: "Caixa", Kind: pix.AlertCriticalBelow, Threshold: 500_00, RaisedAt: at(0),
		Raised: pix.Figures{Posted: 600_00, Held: 100_01, Entry: 7},
	}
	reminded, resolved, blocked := alert, alert, alert
	reminded.Reminders, reminded.RemindedAt = 1, at(60)
	resolved.AcknowledgedAt, resolved.Note = at(70), "Aporte a caminho"
	resolved.EndedAt, resolved.Outcome = at(90), pix.AlertResolved
	resolved.Ended = pix.Figures{Posted: 525_00, Entry: 9}
	blocked.ID, blocked.Name, blocked.Kind, blocked.Threshold = 602, "", pix.AlertBlockedAbove, 50
	events := []pix.AlertEvent{
		{ID: 611, What: pix.AlertRaised, At: at(0), Figures: alert.Raised, Alert: alert},
		{ID: 612, What: pix.AlertReminded, At: at(60), Figures: pix.Figures{Posted: 499_00, Entry: 8}, Alert: reminded},
		{ID: 613, What: string(pix.AlertResolved), At: at(90), Figures: resolved.Ended, Alert: resolved},
		{ID: 614, What: pix.AlertRaised, At: at(0), Figures: alert.Raised, Alert: blocked},
	}
	w.write(func(b *pix.Books) {
		for _, e := range events {
			e.Account = account
			body, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			key := pix.EventRecordKey(e.ID)
			b.Records.Put(key, pix.Record{RecordKey: key, Owner: e.Alert.ID, Number: e.ID, Body: body})
		}
	})
	names := []string{"alert_raised", "alert_reminder", "alert_resolved", "alert_blocked"}
	for i, e := range events {
		payload, err := w.courier.Payload(t.Context(), w.profile(), pix.NoticeBalanceAlert, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, names[i], payload)
	}
	foreign := w.profile()
	foreign.ID++
	for _, of := range []struct {
		who    pix.Profile
		number uint64
	}{{foreign, 611}, {w.profile(), 699}} {
		payload, err := w.courier.Payload(t.Context(), of.who, pix.NoticeBalanceAlert, of.number)
		if !errors.Is(err, pix.ErrNotFound) {
			t.Errorf("event %d of account %s: %s, %v", of.number, of.who.ID, payload, err)
		}
	}
}

// TestMEDPayloadsAreOfTheirStep tells of a case as it was at each event, although
// it has gone on since (contract §5.3).
func TestMEDPayloadsAreOfTheirStep(t *testing.T) {
	w, _ := withMovements(t)
	mc := pix.MEDCase{
		Number: 501, ID: "dev-0001", Account: account, Receipt: 101, EndToEndID: "E99999004202611201005abcdefghij1",
		Amount: 80_00, Asked: 50_00, Returned: 50_00, Status: pix.MEDWithdrawn, Reason: "REFUND_REQUEST",
		Cause: "SOCIAL_ENGINEERING", Description: "Relato do pagador", Result: pix.MEDApproved,
		AnalysisDetails: "Fraude confirmada", BlockStatus: pix.BlockReturned, DefenseStatus: "SUBMITTED",
		Requesting: pix.Bank{ISPB: "99999004", Name: "Banco Ficticio"}, Contested: pix.Bank{ISPB: "99999003"},
		History: []pix.MEDStep{
			{Status: pix.MEDOpen, At: start}, {Status: pix.MEDReceived, At: start.Add(time.Minute)},
			{Status: pix.MEDAnalyzed, At: start.Add(time.Hour)},
			{Status: pix.MEDWithdrawn, At: start.Add(2 * time.Hour)},
		},
		CreatedAt: start, UpdatedAt: start.Add(2 * time.Hour),
	}
	hop := mc
	hop.Number, hop.ID, hop.Receipt, hop.EndToEndID = 502, "dev-0002", 0, ""
	w.write(func(b *pix.Books) {
		for _, one := range []pix.MEDCase{mc, hop} {
			body, err := json.Marshal(one)
			if err != nil {
				t.Fatal(err)
			}
			key := pix.MEDKey(one.ID)
			b.Records.Put(key, pix.Record{RecordKey: key, Owner: uint64(account), Number: one.Number, Body: body})
		}
	})
	for name, n := range map[string]pix.Notice{
		"med_created": pix.NoticeMEDCreated, "med_accepted": pix.NoticeMEDAccepted, "med_rejected": pix.NoticeMEDRejected,
	} {
		payload, err := w.courier.Payload(t.Context(), w.profile(), n, 501)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, payload)
	}
	payload, err := w.courier.Payload(t.Context(), w.profile(), pix.NoticeMEDCreated, 502)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "med_created_hop", payload)
}
