package pixid_test

import (
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/pixid"
)

func TestTxIDLengths(t *testing.T) {
	parsers := []struct {
		what     string
		parse    func(string) (pixid.TxID, error)
		min, max int
	}{
		{"dynamic", pixid.ParseTxID, 26, 35},
		{"static", pixid.ParseStaticTxID, 1, 25},
		{"received", pixid.ParseReceivedTxID, 1, 35},
	}
	for _, p := range parsers {
		for length := range 40 {
			in := strings.Repeat("aZ9", 14)[:length]
			got, err := p.parse(in)
			want := p.min <= length && length <= p.max
			if (err == nil) != want || want && string(got) != in {
				t.Errorf("%s txid of %d characters = %q, %v", p.what, length, got, err)
			}
			if length == 0 {
				continue
			}
			odd := in[:length-1] + "-"
			if got, err := p.parse(odd); err == nil {
				t.Errorf("%s txid with a hyphen = %q", p.what, got)
			}
		}
	}
}

func TestNoTxIDIsForStaticCodesOnly(t *testing.T) {
	if got, err := pixid.ParseStaticTxID("***"); got != pixid.NoTxID || err != nil {
		t.Errorf("static = %q, %v", got, err)
	}
	got, err := pixid.ParseReceivedTxID("***")
	refused(t, string(got), "***", "", err)
	got, err = pixid.ParseTxID("***")
	refused(t, string(got), "***", "", err)
}

func TestTxIDFromUUID(t *testing.T) {
	got := pixid.TxIDFrom([16]byte{0x3d, 0x0c, 0x8a, 15: 0x10})
	if got != "3d0c8a00000000000000000000000010" {
		t.Errorf("txid = %q", got)
	}
	if _, err := pixid.ParseTxID(string(got)); err != nil {
		t.Error(err)
	}
}
