package pixid_test

import (
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pixid"
)

var sampleTime = time.Date(2026, 11, 20, 13, 5, 59, 999, time.UTC)

func TestParseEndToEndID(t *testing.T) {
	tests := []struct {
		rule, in string
		ok       bool
	}{
		{"32 characters", "E12345678202611201305abcDEF12345", true},
		{"letters in the ISPB", "E12AB5678202611201305abcDEF12345", true},
		{"29 February of a leap year", "E12345678202802292359abcDEF12345", true},
		{"nothing", "", false},
		{"31 characters", "E12345678202611201305abcDEF1234", false},
		{"33 characters", "E12345678202611201305abcDEF123456", false},
		{"a return id", "D12345678202611201305abcDEF12345", false},
		{"a lower-case e", "e12345678202611201305abcDEF12345", false},
		{"lower case in the ISPB", "E12ab5678202611201305abcDEF12345", false},
		{"29 February of another year", "E12345678202602290000abcDEF12345", false},
		{"31 April", "E12345678202604311305abcDEF12345", false},
		{"month 0", "E12345678202600201305abcDEF12345", false},
		{"month 13", "E12345678202613201305abcDEF12345", false},
		{"day 0", "E12345678202611001305abcDEF12345", false},
		{"hour 24", "E12345678202611202400abcDEF12345", false},
		{"minute 60", "E12345678202611201360abcDEF12345", false},
		{"a letter in the time", "E123456782026112013O5abcDEF12345", false},
		{"a hyphen in the suffix", "E12345678202611201305abc-EF12345", false},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			got, err := pixid.ParseEndToEndID(test.in)
			if !test.ok {
				refused(t, string(got), test.in, "", err)
				return
			}
			if err != nil || string(got) != test.in {
				t.Fatalf("ParseEndToEndID(%q) = %q, %v", test.in, got, err)
			}
			if _, err := pixid.ParseReturnID("D" + test.in[1:]); err != nil {
				t.Errorf("the same with D: %v", err)
			}
		})
	}
}

func TestEndToEndIDParts(t *testing.T) {
	saoPaulo := time.FixedZone("-03", -3*60*60)
	id, err := pixid.NewEndToEndID("12345678", sampleTime.In(saoPaulo), "abcDEF12345")
	if want := "E12345678202611201305abcDEF12345"; err != nil || string(id) != want {
		t.Fatalf("id = %q, %v; want %q: the minute is in UTC", id, err, want)
	}
	if got, want := id.At(), sampleTime.Truncate(time.Minute); !got.Equal(want) {
		t.Errorf("At = %v; want %v", got, want)
	}
	if got := id.ISPB(); got != "12345678" {
		t.Errorf("ISPB = %q", got)
	}
	back, err := pixid.NewReturnID("12AB5678", sampleTime, "abcDEF12345")
	if err != nil || back != "D12AB5678202611201305abcDEF12345" {
		t.Fatalf("return id = %q, %v", back, err)
	}
	if back.ISPB() != "12AB5678" || !back.At().Equal(id.At()) {
		t.Errorf("return id of %q at %v", back.ISPB(), back.At())
	}
}

func TestNewEndToEndIDRefuses(t *testing.T) {
	tests := []struct {
		rule   string
		ispb   pixid.ISPB
		at     time.Time
		suffix string
	}{
		{"a short suffix", "12345678", sampleTime, "short"},
		{"a short ISPB, even before a long suffix", "1234567", sampleTime, "1bcDEF123456"},
		{"an ISPB that was never checked", "1234567a", sampleTime, "abcDEF12345"},
		{"a year of five digits", "12345678", sampleTime.AddDate(8000, 0, 0), "abcDEF12345"},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			id, err := pixid.NewEndToEndID(test.ispb, test.at, test.suffix)
			refused(t, string(id), test.suffix, "", err)
			back, err := pixid.NewReturnID(test.ispb, test.at, test.suffix)
			refused(t, string(back), test.suffix, "", err)
		})
	}
}

func TestEndToEndIDFrom(t *testing.T) {
	tests := []struct {
		n      uint64
		suffix string
	}{
		{0, "00000000000"},
		{61, "0000000000z"},
		{62, "00000000010"},
		{1<<64 - 1, "LygHa16AHYF"},
	}
	for _, test := range tests {
		id := pixid.EndToEndIDFrom("12345678", sampleTime, test.n)
		if want := "E12345678202611201305" + test.suffix; string(id) != want {
			t.Errorf("id of %d = %q; want %q", test.n, id, want)
		}
		back := pixid.ReturnIDFrom("12345678", sampleTime, test.n)
		if want := "D12345678202611201305" + test.suffix; string(back) != want {
			t.Errorf("return id of %d = %q; want %q", test.n, back, want)
		}
	}
}

func TestEndToEndIDFromAllocatesOnce(t *testing.T) {
	got := testing.AllocsPerRun(100, func() {
		sink = pixid.EndToEndIDFrom("12345678", sampleTime, 1<<63)
	})
	if got > 1 {
		t.Errorf("EndToEndIDFrom allocates %v times", got)
	}
}

func TestEndToEndIDFromPanicsOnUncheckedParts(t *testing.T) {
	for _, call := range []func(){
		func() { pixid.EndToEndIDFrom("1234567", sampleTime, 1) },
		func() { pixid.EndToEndIDFrom("12345678", sampleTime.AddDate(8000, 0, 0), 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("an unchecked part went through")
				}
			}()
			call()
		}()
	}
}

func TestParseISPB(t *testing.T) {
	for in, ok := range map[string]bool{
		"00000000": true, "12AB5678": true, "": false, "1234567": false, "123456789": false,
		"12ab5678": false, "1234-678": false,
	} {
		if got, err := pixid.ParseISPB(in); (err == nil) != ok || ok && string(got) != in {
			t.Errorf("ParseISPB(%q) = %q, %v", in, got, err)
		}
	}
}

func TestLookupEndToEndID(t *testing.T) {
	for in, want := range map[string]bool{
		"E12345678202611201305abcDEF12345":     true,
		"D12345678202611201305abcDEF12345":     true,
		"E1234567820261120130":                 true,  // 20 characters
		"E123456782026112013":                  false, // 19
		"E12345678202611201305abcDEF12345678":  true,  // 35
		"E12345678202611201305abcDEF123456789": false, // 36
		"90412":                                false,
		"3d0c8a2e-5a0f-4b7e-8f58-0a6f3d3b9a10": false,
		"E12345678-202611201305-abcDEF12":      false,
	} {
		if got := pixid.LookupEndToEndID(in); got != want {
			t.Errorf("LookupEndToEndID(%q) = %t", in, got)
		}
	}
}

var sink pixid.EndToEndID

func BenchmarkEndToEndIDFrom(b *testing.B) {
	b.ReportAllocs()
	n := uint64(1) << 63
	for b.Loop() {
		sink = pixid.EndToEndIDFrom("12345678", sampleTime, n)
		n++
	}
}

func BenchmarkParseEndToEndID(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		sink, _ = pixid.ParseEndToEndID("E12345678202611201305abcDEF12345")
	}
}
