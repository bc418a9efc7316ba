package reconcile_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/reconcile"
)

// writers write a line of each format as providers write it, with what stands before
// and after all lines.
var writers = map[reconcile.Format]struct {
	begin, end string
	line       func(io.Writer, *reconcile.Line)
}{
	reconcile.CSV: {"data;valor;endToEndId;descrição\n", "", func(w io.Writer, l *reconcile.Line) {
		fmt.Fprintf(w, "%s;%s;%s;Pix recebido de Maria Exemplo\n",
			l.At.In(pix.SaoPaulo).Format("02/01/2006 15:04:05"), l.Amount, l.ID)
	}},
	reconcile.OFX: {"OFXHEADER:100\n\n<OFX><BANKTRANLIST>\n", "</BANKTRANLIST></OFX>\n", func(w io.Writer, l *reconcile.Line) {
		fmt.Fprintf(w, "<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>20261120\n<TRNAMT>%s\n<FITID>%d\n<MEMO>PIX RECEBIDO %s\n</STMTTRN>\n",
			l.Amount, l.Number, l.ID)
	}},
	reconcile.CAMT053: {"<Document><BkToCstmrStmt><Stmt>\n", "</Stmt></BkToCstmrStmt></Document>\n",
		func(w io.Writer, l *reconcile.Line) {
			fmt.Fprintf(w, `<Ntry><NtryRef>%d</NtryRef><Amt Ccy="BRL">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>`+
				"<BookgDt><DtTm>%s</DtTm></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs></TxDtls></NtryDtls>"+
				"</Ntry>\n", l.Number, l.Amount, l.At.Format("2006-01-02T15:04:05Z"), l.ID)
		}},
	reconcile.PixAPI: {`{"pix":[{"endToEndId":"` + payID(1<<40) + `","valor":"1.00","horario":"2020-01-01T00:00:00Z"}`, "]}\n",
		func(w io.Writer, l *reconcile.Line) {
			fmt.Fprintf(w, ",\n"+`{"endToEndId":"%s","txid":"","valor":"%s","horario":"%s","infoPagador":"Pedido"}`,
				l.ID, l.Amount, l.At.Format("2006-01-02T15:04:05.000Z"))
		}},
}

// BenchmarkMatch reads a file of a million lines and matches it with a million
// entries.
func BenchmarkMatch(b *testing.B) {
	const n = 1_000_000
	for _, name := range reconcile.Formats() {
		b.Run(name, func(b *testing.B) {
			file := filepath.Join(b.TempDir(), "statement")
			lines, entries := many(n)
			writeLines(b, file, reconcile.Format(name), lines)
			for b.Loop() {
				in, err := os.Open(file)
				if err != nil {
					b.Fatal(err)
				}
				o := reconcile.Options{Period: oneDay(), Window: reconcile.WindowDefault, Dir: b.TempDir()}
				read := reconcile.Read(b.Context(), in, reconcile.Format(name), nil)
				none := func(reconcile.Finding) error { return nil }
				s, err := reconcile.Match(b.Context(), o, read, of(entries), none)
				if err != nil || s.Classes[reconcile.Matched].Count != n || in.Close() != nil {
					b.Fatal(s, err)
				}
			}
		})
	}
}

func writeLines(b *testing.B, name string, format reconcile.Format, lines func(func(reconcile.Line, error) bool)) {
	b.Helper()
	file, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	out, as := bufio.NewWriter(file), writers[format]
	fmt.Fprint(out, as.begin)
	for l := range lines {
		as.line(out, &l)
	}
	fmt.Fprint(out, as.end)
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	if about, err := file.Stat(); err == nil {
		b.Logf("%d bytes", about.Size())
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
}
