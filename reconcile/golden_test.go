package reconcile_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/reconcile"
	"github.com/saldo-pix/saldo/statement"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sampleLedger is what the files in testdata are matched against.
func sampleLedger() []reconcile.Entry {
	at := func(second int) time.Time { return time.Date(2026, 11, 20, 13, 0, second, 0, time.UTC) }
	id := func(n int) string { return fmt.Sprintf("E99999003202611201500%011d", n) }
	entry := func(n int, kind statement.Kind, amount, fee money.Centavos) reconcile.Entry {
		return reconcile.Entry{
			Number: uint64(n), At: at(n), Kind: kind, Amount: amount, Fee: fee, ID: id(n), TransactionID: fmt.Sprint(n),
		}
	}
	entries := []reconcile.Entry{
		entry(1, statement.PixIn, 100_00, 0), entry(2, statement.PixOut, -50_40, 40),
		entry(3, statement.PixIn, 30_00, 0), entry(4, statement.PixOut, -20_40, 40),
		entry(5, statement.PixIn, 15_00, 0), entry(6, statement.PixIn, 11_00, 0),
		entry(7, statement.PixIn, 12_00, 0), entry(9, statement.PixOut, -60_40, 40),
		entry(10, statement.RefundOut, 60_00, 0), entry(11, statement.PixIn, 9_00, 0),
		entry(12, statement.PixIn, 7_00, 0), entry(13, statement.PixIn, 6_66, 0),
		entry(14, statement.RefundIn, -2_00, 0),
	}
	for i := range entries {
		e := &entries[i]
		switch e.Number {
		case 10:
			e.ID, e.Original, e.ParentID = "D"+id(10)[1:], id(9), "9"
		case 11:
			e.At = time.Date(2026, 11, 21, 2, 59, 50, 0, time.UTC)
		case 12:
			e.TxID = "pedido12"
		case 14:
			e.ID, e.Original, e.ParentID = "D"+id(14)[1:], id(12), "12"
		}
	}
	return entries
}

// TestSamplesAreAsTheirGoldenFiles matches a file of each format, with every kind of
// break that the format can have.
func TestSamplesAreAsTheirGoldenFiles(t *testing.T) {
	seen := make(map[reconcile.Class]bool)
	for name, format := range map[string]reconcile.Format{
		"sample.csv": reconcile.CSV, "sample.ofx": reconcile.OFX, "sample.camt053.xml": reconcile.CAMT053,
		"sample.pix.json": reconcile.PixAPI,
	} {
		file, err := os.Open(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		ledger := sampleLedger()
		if format == reconcile.PixAPI {
			ledger = slices.DeleteFunc(ledger, func(e reconcile.Entry) bool {
				return e.Kind != statement.PixIn && e.Kind != statement.RefundIn
			})
		}
		find := func(_ context.Context, id string) (pix.Movement, bool, error) {
			return pix.Movement{Kind: pix.Receipt, Amount: 7_00}, id == ledger[len(ledger)-1].Original, nil
		}
		o := reconcile.Options{Period: oneDay(), Window: reconcile.WindowDefault, Find: find}
		var rows []string
		summary, err := reconcile.Match(t.Context(), o, reconcile.Read(t.Context(), file, format, nil), of(seq(ledger)),
			func(f reconcile.Finding) error {
				seen[f.Class] = true
				row := show(f)
				if f.Why != "" {
					row += ": " + f.Why
				}
				rows = append(rows, row)
				return nil
			})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		slices.Sort(rows)
		rows = append(rows, fmt.Sprintf("file %+v", summary.File), fmt.Sprintf("ledger %+v", summary.Ledger),
			fmt.Sprintf("fees %d outside %d", summary.Fees, summary.Outside))
		got := strings.Join(rows, "\n") + "\n"
		golden := filepath.Join("testdata", name+".golden")
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || got != string(want) {
			t.Errorf("%s: got\n%swant\n%s%v", name, got, want, err)
		}
	}
	for _, class := range append(reconcile.Breaks(), reconcile.Matched) {
		if !seen[class] {
			t.Errorf("no sample has %s", class)
		}
	}
}
