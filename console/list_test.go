package console

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPersonalDataIsMasked(t *testing.T) {
	for text, want := range map[string]string{
		"11144477735": "***.444.777-**", "11222333000181": "**.222.333/****-**", "***.444.777-**": "***.444.777-**", "": "",
		"111.444.777-36": "***.444.777-**", // its check digits are wrong
	} {
		if got := maskedDocument(text); got != want {
			t.Errorf("document %q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"maria@exemplo.com.br": "m***@exemplo.com.br", "+5511987654321": "***4321", "not a key": "***", "": "",
		"f15d9973-ca2f-4c37-b92a-1c564e51c956": "f15d9973-***",
	} {
		if got := maskedKey(text); got != want {
			t.Errorf("key %q: %q, want %q", text, got, want)
		}
	}
}

func TestAnEventIsShownAsFarAsItCanBeRead(t *testing.T) {
	for raw, want := range map[string]railEvent{
		`{"endToEndId":"E1","amount":123.45,"payer":{"name":"Maria","document":"11144477735","ispb":"99999004"}}`: {
			EndToEndID: "E1", Amount: "123.45", PayerName: "Maria", PayerDocument: "***.444.777-**", PayerBank: "99999004",
		},
		`{"transactionId":17,"payer":"nobody","amount":{"of":1}}`:          {TransactionID: "17"},
		`{"errorCode":"AB03","errorMessage":"timed out","pixKey":"a@b.c"}`: {ErrorCode: "AB03", ErrorMessage: "timed out", PixKey: "a***@b.c"},
		`null`: {}, `[1]`: {}, `"text"`: {},
	} {
		var got railEvent
		if err := json.Unmarshal([]byte(raw), &got); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", raw, got, err, want)
		}
	}
}

// FuzzEvent holds that no event keeps its page from being shown, or tells a whole document.
func FuzzEvent(f *testing.F) {
	f.Add([]byte(`{"endToEndId":"E1","amount":1e2,"payer":{"name":"Maria","document":"111.444.777-35"}}`))
	f.Add([]byte(`{"payer":{"name":"` + strings.Repeat("x", wordMax-1) + `é"}}`))
	f.Add([]byte(`{"payer":{"document":["11144477735"]},"pixKey":"11144477735"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var item suspended
		if !json.Valid(raw) {
			return
		}
		if err := json.Unmarshal([]byte(`{"event":`+string(raw)+`}`), &item); err != nil {
			t.Fatal(err)
		}
		e := item.Event
		if strings.Contains(e.PixKey+e.PayerDocument, "11144477735") {
			t.Errorf("%+v tells a document", e)
		}
		if !utf8.ValidString(e.PayerName) || len(e.PayerName) > wordMax {
			t.Errorf("name %q", e.PayerName)
		}
	})
}

func TestLinesAreThoseWithSomethingOnThem(t *testing.T) {
	if got := lines(" a \r\n\n\tb\n   \n"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("%q", got)
	}
	if got := lines(""); len(got) != 0 {
		t.Errorf("%q of nothing", got)
	}
}
