package operator

import (
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pix"
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
