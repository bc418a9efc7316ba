package statement_test

import (
	"bytes"
	"flag"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/statement"
)

var update = flag.Bool("update", false, "write the golden files anew")

// account is whose statement the tests write.
const account ledger.AccountID = 1_0000000007

// at is an instant of the test's day, which begins at three o'clock in UTC.
func at(hour, minute int) time.Time {
	return time.Date(2026, 11, 20, hour, minute, 7, 123_456_000, time.UTC)
}

// sample has a line of every kind, with texts that are trouble in some format.
func sample() (statement.Head, []statement.Line) {
	maria := statement.Counterpart{
		Name: "Maria Exemplo & Filhos <Comércio> de Artigos Diversos", Document: "***.982.247-**", ISPB: "99999004",
		BankName: "Banco Exemplo",
	}
	pay := func(amount, fee money.Centavos) statement.Line {
		return statement.Line{
			Kind: statement.PixOut, Amount: amount, Fee: fee, Blocked: amount, TransactionID: "31",
			ExternalID: "=PAY(1)", EndToEndID: "E9999900320261120120000000000031", Description: "-2+3;\"x\"\nfim",
			Counterpart: maria, Holds: []statement.Hold{{ID: "31", Reason: "payment", Amount: amount}},
		}
	}
	lines := []statement.Line{
		{Kind: statement.OpeningBalance, Amount: 1000_00},
		{Kind: statement.Block, Blocked: 50_40, Holds: []statement.Hold{{ID: "31", Reason: "payment", Amount: 50_40}}},
		pay(-50_40, 40),
		{
			Kind: statement.PixIn, Amount: 79_60, Fee: 40, TransactionID: "32", TxID: "cobranca0000000000000000032",
			EndToEndID: "E9999900420261120120000000000032", ExternalID: "INV-7", Description: "+Pedido 7",
			Counterpart: statement.Counterpart{Name: "@Jose\u0000Exemplo", Document: "***.444.777-**"},
		},
		{Kind: statement.RefundIn, Amount: -5_00, TransactionID: "33", ParentID: "32", EndToEndID: "D33"},
		{Kind: statement.RefundOut, Amount: 10_00, TransactionID: "34", ParentID: "31", EndToEndID: "D34"},
		{Kind: statement.PixIn, Reversal: true, Amount: -1, TransactionID: "35"},
		{Kind: statement.Block, Blocked: 7_00, Holds: []statement.Hold{{ID: "36", Reason: "judicial", Amount: 7_00}}},
		{Kind: statement.Capture, Amount: -2_00, Blocked: -2_00, Holds: []statement.Hold{{ID: "36", Amount: -2_00}}},
		{Kind: statement.Unblock, Blocked: -5_00},
		{Kind: statement.Move},
		{Kind: statement.Transfer, Amount: 3},
	}
	h := statement.Head{
		Account: account, Name: "Loja Exemplo", Document: "11222333000181",
		Bank:   statement.Bank{Name: "À Vista", ISPB: "99999003"},
		Period: period("2026-11-20", "2026-11-20"), At: at(20, 0),
	}
	complete(&h, lines, 41)
	return h, lines
}

func period(from, to string) statement.Period {
	return statement.ParsePeriod(from, to, time.Time{}, func(name, reason string) { panic(name + " " + reason) })
}

// complete numbers lines, lets the balance run through them, and ends them with it.
func complete(h *statement.Head, lines []statement.Line, first uint64) {
	balance := h.Opening
	for i := range lines {
		l := &lines[i]
		l.Number, l.At = first+uint64(i), at(3+i, i)
		balance.Posted += l.Amount
		balance.Held += l.Blocked
		l.After = balance
	}
	h.Entries, h.Closing = uint64(len(lines)), balance
}

func sequence(lines []statement.Line) iter.Seq2[statement.Line, error] {
	return func(yield func(statement.Line, error) bool) {
		for _, l := range lines {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func write(t rapid.TB, f statement.Format, h *statement.Head, lines []statement.Line) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := statement.Write(&out, f, h, sequence(lines)); err != nil {
		t.Fatalf("%s: %v", f, err)
	}
	return out.Bytes()
}

func TestEveryFormatIsAsItsGoldenFile(t *testing.T) {
	for _, name := range statement.Formats() {
		h, lines := sample()
		got := write(t, statement.Format(name), &h, lines)
		file := filepath.Join("testdata", "sample."+name)
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not as in %s (write it anew with -update):\n%s", name, file, got)
		}
	}
}

func TestFilesAreNamedAfterAccountAndPeriod(t *testing.T) {
	h, _ := sample()
	if got := statement.CAMT053.FileName(&h); got != "extrato-10000000007-2026-11-20-2026-11-20.xml" {
		t.Error(got)
	}
}
