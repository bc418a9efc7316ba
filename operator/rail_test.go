package operator

import (
	"errors"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/wire"
)

func TestTransactionIDOfAnEvent(t *testing.T) {
	s := New(Config{Now: time.Now})
	for text, want := range map[string]pix.MovementID{
		`"117445566778899"`:   117445566778899,
		`117445566778899`:     117445566778899,
		`"9007199254740991"`:  1<<53 - 1,
		`"9007199254740992"`:  0,
		`"0"`:                 0,
		`"-1"`:                0,
		`1.5`:                 0,
		`"+1"`:                0,
		`{"id":1}`:            0,
		`"99999999999999999"`: 0,
	} {
		e, err := s.readEvent([]byte(`{"id":"1","type":"payment.settled","transactionId":` + text + `}`))
		if (err == nil) != (want != 0) || (err == nil && e.Movement != want) {
			t.Errorf("%s: %d %v, want %d", text, e.Movement, err, want)
		}
	}
}

func TestAnEventNamesTheFieldThatIsWrong(t *testing.T) {
	s := New(Config{Now: time.Now})
	const e2e, rtr = `"endToEndId":"E99999004202611201200AAAAAAAAAAA"`, `"returnId":"D99999004202611201200AAAAAAAAAAA"`
	for _, c := range []struct{ fields, names string }{
		{`"type":"payment.returned",` + e2e + `,` + rtr + `,"amount":0.01`, ""},
		{`"type":"payment.returned",` + e2e + `,` + rtr, "amount"},
		{`"type":"payment.returned",` + e2e + `,` + rtr + `,"amount":0`, "amount"},
		{`"type":"payment.returned",` + e2e + `,"amount":1`, "returnId"},
		{`"type":"payment.returned",` + rtr + `,"amount":1`, "endToEndId"},
		{`"type":"return.settled",` + rtr, ""},
		{`"type":"return.settled","transactionId":7`, ""},
		{`"type":"return.rejected",` + e2e, "returnId"},
		{`"type":"return.settled","returnId":"E99999004202611201200AAAAAAAAAAA"`, "returnId"},
		{`"type":"med.opened","caseId":"c",` + e2e, ""},
		{`"type":"med.opened","caseId":"c","accountId":"1000000001","amount":1`, ""},
		{`"type":"med.opened","caseId":"c","pixKey":"a@exemplo.com.br","amount":1`, ""},
		{`"type":"med.opened","caseId":"c","accountId":"1000000001"`, "amount"},
		{`"type":"med.opened","caseId":"c","amount":1`, "endToEndId"},
		{`"type":"med.opened",` + e2e, "caseId"},
		{`"type":"med.opened","caseId":7,` + e2e, "caseId"},
		{`"type":"med.opened","caseId":"c","accountId":"x",` + e2e, "accountId"},
		{`"type":"med.opened","caseId":"c","requestingBank":{"ispb":"1"},` + e2e, "requestingBank.ispb"},
		{`"type":"med.opened","caseId":"c","contestedBank":{"name":1},` + e2e, "contestedBank.name"},
		{`"type":"med.accepted","caseId":"c","amount":0.001`, "amount"},
		{`"type":"med.cancelled"`, "caseId"},
		{`"type":"receipt.settled","txId":"t","amount":1`, "endToEndId"},
	} {
		_, err := s.readEvent([]byte(`{"id":"1",` + c.fields + `}`))
		var problem *wire.Problem
		switch {
		case c.names == "" && err != nil:
			t.Errorf("%s: %v", c.fields, err)
		case c.names != "" && (!errors.As(err, &problem) || problem.Details["field"] != c.names):
			t.Errorf("%s: %+v, want it to name %s", c.fields, err, c.names)
		}
	}
}
