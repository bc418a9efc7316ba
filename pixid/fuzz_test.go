package pixid_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/saldo-pix/saldo/pixid"
)

func FuzzParseDocument(f *testing.F) {
	for _, seed := range []string{"111.444.777-35", "12.abc.345/01de-35", "00000000000000", "ſ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		document, err := pixid.ParseDocument(s)
		if err != nil {
			return
		}
		for _, form := range []string{string(document), document.Formatted()} {
			if again, err := pixid.ParseDocument(form); again != document || err != nil {
				t.Errorf("%q reads again as %q, %v", form, again, err)
			}
		}
		if document.IsCPF() == document.IsCNPJ() {
			t.Errorf("%q is both or neither", document)
		}
		if len(document.Masked()) != len(document.Formatted()) {
			t.Errorf("%q is masked as %q", document, document.Masked())
		}
	})
}

func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{evp, "+55 (11) 90000-1234", "Fulano@exemplo.com", "11144477735"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key, err := pixid.ParseKey(s)
		if err == nil {
			keyHolds(t, key)
		}
		for kind := pixid.KeyCPF; kind <= pixid.KeyEVP; kind++ {
			as, err := pixid.ParseKeyAs(kind, s)
			if err != nil {
				continue
			}
			if as.Type != kind {
				t.Errorf("asked for %v, got %v", kind, as.Type)
			}
			keyHolds(t, as)
		}
	})
}

// keyHolds asserts that a normalised key reads as itself, kind told or not, and stays out of its
// mask.
func keyHolds(t *testing.T, key pixid.Key) {
	t.Helper()
	if again, err := pixid.ParseKey(key.Value); again != key || err != nil {
		t.Errorf("%+v reads again as %+v, %v", key, again, err)
	}
	if again, err := pixid.ParseKeyAs(key.Type, key.Value); again != key || err != nil {
		t.Errorf("%+v reads again as %+v, %v", key, again, err)
	}
	if strings.Contains(key.Masked(), key.Value) && !masksItself(key) {
		t.Errorf("%+v is masked as %q", key, key.Masked())
	}
}

// masksItself tells whether a key is an e-mail address that has nothing but
// asterisks to hide, as *@0.0 has.
func masksItself(key pixid.Key) bool {
	local, _, _ := strings.Cut(key.Value, "@")
	return key.Type == pixid.KeyEmail && strings.Trim(local[1:], "*") == ""
}

func FuzzParseEndToEndID(f *testing.F) {
	f.Add("E12345678202611201305abcDEF12345")
	f.Add("D12AB5678202802292359abcDEF12345")
	f.Fuzz(func(t *testing.T, s string) {
		if id, err := pixid.ParseEndToEndID(s); err == nil {
			again, err := pixid.NewEndToEndID(id.ISPB(), id.At(), string(id[21:]))
			if string(again) != s || err != nil {
				t.Errorf("parts of %q give %q, %v", s, again, err)
			}
			if !pixid.LookupEndToEndID(s) {
				t.Errorf("%q does not look like an id", s)
			}
		}
		if id, err := pixid.ParseReturnID(s); err == nil {
			again, err := pixid.NewReturnID(id.ISPB(), id.At(), string(id[21:]))
			if string(again) != s || err != nil {
				t.Errorf("parts of %q give %q, %v", s, again, err)
			}
		}
	})
}

// FuzzParseBRCode also signs what it is given, since a fuzzer hardly ever hits on a checksum.
func FuzzParseBRCode(f *testing.F) {
	f.Add(sampleHead + sampleTail)
	f.Add(sampleHead + field("54", "12.05") + sampleTail)
	f.Add("00020101021226310014br.gov.bcb.pix2509e.com/abc" + "520400005303986" + sampleTail)
	f.Fuzz(func(t *testing.T, s string) {
		for _, text := range []string{s, signed(s)} {
			if code, err := pixid.ParseBRCode(text); err == nil {
				codeHolds(t, code)
			}
		}
	})
}

// codeHolds asserts that a code once read is written and read again as itself. Of a dynamic code,
// that is what the code itself may say.
func codeHolds(t *testing.T, code pixid.BRCode) {
	t.Helper()
	if code.IsDynamic() {
		code.HasAmount, code.AmountCentavos, code.Info, code.TxID = false, 0, "", ""
	}
	text, err := code.Encode()
	if err != nil {
		t.Fatalf("%+v cannot be written: %v", code, err)
	}
	if again, err := pixid.ParseBRCode(text); again != code || err != nil {
		t.Errorf("%s\nreads again as %+v, %v\nwant %+v", text, again, err, code)
	}
}

func TestAnyBRCodeSurvivesWriting(t *testing.T) {
	names := rapid.StringMatching(`[ -~]{1,25}`)
	rapid.Check(t, func(r *rapid.T) {
		code := pixid.BRCode{
			MCC: "0000", MerchantName: names.Draw(r, "name"),
			City:       rapid.StringMatching(`[ -~]{1,15}`).Draw(r, "city"),
			PostalCode: rapid.StringMatching(`([0-9]{8})?`).Draw(r, "postal code"),
		}
		if rapid.Bool().Draw(r, "dynamic") {
			code.URL = rapid.StringMatching(`[a-z.]{1,30}/[a-zA-Z0-9/]{0,46}`).Draw(r, "url")
			code.PointOfInitiation = pixid.InitiationOnce
		} else {
			code.Key = pixid.NewCNPJ(rapid.Uint64().Draw(r, "key")).Key()
			code.Info = rapid.StringMatching(`[ -~]{0,59}`).Draw(r, "info")
			code.TxID = pixid.TxID(rapid.StringMatching(`[a-zA-Z0-9]{0,25}`).Draw(r, "txid"))
			code.AmountCentavos = rapid.Int64Range(0, 999_999_999_999).Draw(r, "amount")
			code.HasAmount = code.AmountCentavos > 0
		}
		text, err := code.Encode()
		if err != nil {
			r.Fatalf("%+v cannot be written: %v", code, err)
		}
		if again, err := pixid.ParseBRCode(text); again != code || err != nil {
			r.Fatalf("%s\nreads again as %+v, %v\nwant %+v", text, again, err, code)
		}
		spoilt := []byte(text)
		at := rapid.IntRange(0, len(text)-5).Draw(r, "spoilt")
		spoilt[at] ^= byte(rapid.IntRange(1, 15).Draw(r, "by"))
		if again, err := pixid.ParseBRCode(string(spoilt)); err == nil {
			r.Fatalf("a changed character went unseen: %+v", again)
		}
	})
}

func TestAnyFoldFitsAndStays(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s, lengthMax := rapid.String().Draw(r, "text"), rapid.IntRange(0, 30).Draw(r, "max")
		folded := pixid.FoldASCII(s, lengthMax)
		if len(folded) > lengthMax || pixid.FoldASCII(folded, lengthMax) != folded {
			r.Fatalf("FoldASCII(%q, %d) = %q", s, lengthMax, folded)
		}
		for _, c := range folded {
			if c < ' ' || c > '~' {
				r.Fatalf("FoldASCII(%q, %d) = %q", s, lengthMax, folded)
			}
		}
	})
}

func TestAnyIDIsInjectiveAndOrdered(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		ispb := pixid.ISPB(rapid.StringMatching(`[0-9A-Z]{8}`).Draw(r, "ispb"))
		at := sampleTime.AddDate(0, 0, rapid.IntRange(-9999, 9999).Draw(r, "days"))
		m, n := rapid.Uint64().Draw(r, "m"), rapid.Uint64().Draw(r, "n")
		first, second := pixid.EndToEndIDFrom(ispb, at, m), pixid.EndToEndIDFrom(ispb, at, n)
		if (m == n) != (first == second) || (m < n) != (first < second) {
			r.Fatalf("%d and %d give %q and %q", m, n, first, second)
		}
		id, err := pixid.ParseEndToEndID(string(first))
		if err != nil || id.ISPB() != ispb || !id.At().Equal(at.Truncate(60e9)) {
			r.Fatalf("%q: %v, of %q at %v", first, err, id.ISPB(), id.At())
		}
		back, err := pixid.ParseReturnID(string(pixid.ReturnIDFrom(ispb, at, m)))
		if err != nil || back[1:] != pixid.ReturnID(first[1:]) {
			r.Fatalf("%q: %v", back, err)
		}
	})
}

// Every single-digit change of a CPF is refused, but for the slips that modulo 11 cannot see:
// TestCheckDigitsMissTwoSlips.
func TestAnySlipInCPFIsRefused(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		cpf := string(pixid.NewCPF(rapid.Uint64Range(0, 999_999_999).Draw(r, "n")))
		for at := range len(cpf) {
			for digit := byte('0'); digit <= '9'; digit++ {
				slip := cpf[:at] + string(digit) + cpf[at+1:]
				off := max(digit, cpf[at]) - min(digit, cpf[at])
				blind := at == 0 && off == 1 && cpf[9] == '0' ||
					at == 5 && (off == 2 || off == 9) && cpf[9:] == "00"
				if _, err := pixid.ParseCPF(slip); err == nil && slip != cpf && !blind {
					r.Fatalf("%s passes for %s", slip, cpf)
				}
			}
		}
	})
}

// Letters may differ by a multiple of 11, as A and 6 do, which modulo 11 cannot see; digits never
// do.
func TestAnyAlphanumericCNPJReads(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		base := rapid.StringMatching(`[0-9A-Z]{11}[1-9A-Z]`).Draw(r, "base")
		cnpj, err := pixid.CNPJWithCheckDigits(base)
		if err != nil {
			r.Fatal(err)
		}
		formatted := cnpj.Formatted()
		for _, form := range []string{string(cnpj), formatted, strings.ToLower(formatted)} {
			if got, err := pixid.ParseCNPJ(form); got != cnpj || err != nil {
				r.Fatalf("ParseCNPJ(%q) = %q, %v", form, got, err)
			}
		}
		last := cnpj[:13] + "0"
		if cnpj[13] == '0' {
			last = cnpj[:13] + "1"
		}
		if got, err := pixid.ParseCNPJ(string(last)); err == nil {
			r.Fatalf("%q passes for %q", got, cnpj)
		}
	})
}
