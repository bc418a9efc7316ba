package booktest

import (
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// history makes operations of steps that overlap as their times say.
func history(steps ...porcupine.Operation) []porcupine.Operation {
	for i := range steps {
		steps[i].ClientId = i
	}
	return steps
}

func did(call, end int64, in operation, out observed) porcupine.Operation {
	return porcupine.Operation{Call: call, Return: end, Input: in, Output: out}
}

func TestTheRuleOfAnAccountTellsOrderFromDisorder(t *testing.T) {
	pay := func(n int) operation { return operation{what: "pay", payment: n, amount: 60} }
	accepted, refused := observed{answer: "accepted"}, observed{answer: "insufficient"}
	read := operation{what: "read"}
	is := func(posted, held int) observed {
		return observed{balance: ledger.Balance{Posted: money.Centavos(posted), Held: money.Centavos(held)}}
	}
	cases := []struct {
		name    string
		history []porcupine.Operation
		want    bool
	}{
		{"one of two payments at the same time fits",
			history(did(0, 10, pay(0), accepted), did(0, 10, pay(1), refused)), true},
		{"both can't fit",
			history(did(0, 10, pay(0), accepted), did(0, 10, pay(1), accepted)), false},
		{"one must fit",
			history(did(0, 10, pay(0), refused), did(0, 10, pay(1), refused)), false},
		{"a read during a payment may see it or not",
			history(did(0, 10, pay(0), accepted), did(1, 2, read, is(100, 0)), did(3, 4, read, is(100, 60))), true},
		{"a read after an answer must see it",
			history(did(0, 10, pay(0), accepted), did(11, 12, read, is(100, 0))), false},
		{"what one read saw a later one can't have forgotten",
			history(did(0, 10, pay(0), accepted), did(1, 2, read, is(100, 60)), did(3, 4, read, is(100, 0))), false},
		{"a settlement counts once",
			history(did(0, 1, pay(0), accepted), did(2, 5, operation{what: "settled"}, observed{answer: "applied"}),
				did(2, 5, operation{what: "settled"}, observed{answer: "applied"})), false},
		{"the second settlement is a repetition",
			history(did(0, 1, pay(0), accepted), did(2, 5, operation{what: "settled"}, observed{answer: "applied"}),
				did(2, 5, operation{what: "settled"}, observed{answer: "repeated"}), did(6, 7, read, is(40, 0))), true},
		{"a balance that never was",
			history(did(0, 10, pay(0), accepted), did(0, 10, read, is(40, 0))), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := porcupine.CheckOperations(accountRule(100), c.history); got != c.want {
				t.Errorf("one order explains it: %t, want %t", got, c.want)
			}
		})
	}
}
