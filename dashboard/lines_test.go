package dashboard

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// linesOf is a statement in JSON Lines that says it has some entries, and has as many lines
// as are told.
func linesOf(entries, lines int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"type":"opening","balance":{"grossBalance":1.00,"blockedBalance":0.00,"netBalance":1.00},`+
		`"entries":%d,"closing":{"grossBalance":0.50,"blockedBalance":0.20,"netBalance":0.30}}`+"\n", entries)
	for i := range lines {
		fmt.Fprintf(&b, `{"type":"line","entry":%d,"kind":"pix_out","booked":true,"amount":-0.50,"blocked":-0.10,`+
			`"balance":{"grossBalance":0.50,"blockedBalance":0.20,"netBalance":0.30},"counterpart":null,"externalId":null}`+"\n", i+1)
	}
	return b.String()
}

const linesClosing = `{"type":"closing","balance":{"grossBalance":0.50,"blockedBalance":0.20,"netBalance":0.30}}` + "\n"

// write gives a reader a text in parts, as long as it takes them.
func write(r *lineReader, text string) error {
	for len(text) > 0 {
		part := text[:min(len(text), 1000)]
		if _, err := r.Write([]byte(part)); err != nil {
			return err
		}
		text = text[len(part):]
	}
	return nil
}

func TestAPageOfLinesTakesWholeStatementsOnly(t *testing.T) {
	for name, c := range map[string]struct {
		text    string
		lines   int
		tooMany bool
		err     error
	}{
		"none":             {linesOf(0, 0) + linesClosing, 0, false, nil},
		"some":             {linesOf(20, 20) + linesClosing, 20, false, nil},
		"as many as go":    {linesOf(linesMax, linesMax) + linesClosing, linesMax, false, nil},
		"one more":         {linesOf(linesMax+1, 100), 0, true, nil},
		"cut off":          {linesOf(20, 20), 20, false, errCutOff},
		"long texts":       {linesOf(20, 1) + strings.Repeat(" ", linesBytes), 0, true, nil},
		"nothing of it":    {"", 0, false, nil},
		"cut off in a one": {linesOf(2, 1) + `{"type":"li`, 1, false, nil},
	} {
		r := &lineReader{header: make(http.Header), status: http.StatusOK}
		if err := write(r, c.text); (err != nil) != c.tooMany {
			t.Errorf("%s: %v", name, err)
		}
		var v linesView
		err := r.read(&v)
		wrong := name == "nothing of it" || name == "cut off in a one" // which is no JSON
		if c.err != nil && !errors.Is(err, c.err) || c.err == nil && (err != nil) != wrong {
			t.Errorf("%s: %v", name, err)
		}
		if len(v.Lines) != c.lines || v.TooMany != c.tooMany {
			t.Errorf("%s: %d lines, too many is %t", name, len(v.Lines), v.TooMany)
		}
		if c.lines > 1 {
			l := v.Lines[1]
			if l.Amount.Centavos != -50 || l.Blocked.Centavos != -10 || l.After.Net != 30 || l.Entry != 2 {
				t.Errorf("%s: line %+v", name, l)
			}
		}
	}
}

func TestReaisMayBeNegativeOrNothing(t *testing.T) {
	for text, want := range map[string]int64{"null": 0, "0.00": 0, "-0.01": -1, "12.30": 1230, "-9999.99": -999999} {
		var r reais
		if err := r.UnmarshalJSON([]byte(text)); err != nil || int64(r.Centavos) != want {
			t.Errorf("%s is %s: %v", text, r.Centavos, err)
		}
	}
	for _, text := range []string{"--1.00", `"1.00"`, "1.001", "", "-"} {
		var r reais
		if err := r.UnmarshalJSON([]byte(text)); err == nil {
			t.Errorf("%q is %s", text, r.Centavos)
		}
	}
}
