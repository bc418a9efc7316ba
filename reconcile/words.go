package reconcile

import (
	"strings"

	"github.com/saldo-pix/saldo/pixid"
)

// wordMax is how long a word of a file may be, in bytes.
const wordMax = 60

// fold writes a word so that spellings of it are one: small letters and digits, no
// accents, no signs.
func fold(word string) string {
	word = strings.ToLower(pixid.FoldASCII(word, wordMax))
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, word)
}

// statuses are the words for statuses that files are known to use, folded.
var statuses = func() map[string]Status {
	words := make(map[string]Status)
	for status, list := range map[Status]string{
		Settled: `settled confirmed confirmado confirmada completed complete concluido concluida liquidado liquidada
			realizado realizada efetivado efetivada pago paga paid sucesso success successful succeeded processed
			processado processada approved aprovado aprovada executado executada book booked accc acsc ok done credited
			debited recebido recebida enviado enviada received sent ativo`,
		Pending: `pending pendente processing processando emprocessamento emandamento aguardando agendado agendada
			scheduled pdng created criado iniciado waiting acsp`,
		Failed: `failed falhou falha error erro rejected rejeitado rejeitada rjct naorealizado naorealizada cancelado
			cancelada canceled cancelled denied negado negada recusado recusada expired expirado expirada`,
		Returned: `returned devolvido devolvida refunded refund estornado estornada reversed reembolsado reembolsada`,
	} {
		for word := range strings.FieldsSeq(list) {
			words[word] = status
		}
	}
	return words
}()

// directions are the words for credits (1) and debits (-1), folded.
var directions = func() map[string]int {
	words := make(map[string]int)
	for direction, list := range map[int]string{
		1: `c cr credito credit credits crdt entrada entradas in recebido recebida recebimento received deposito
			cashin pixin pixrecebido`,
		-1: `d db dr debito debit debits dbit saida saidas out enviado enviada pagamento sent saque cashout pixout
			pixenviado payment withdraw`,
	} {
		for word := range strings.FieldsSeq(list) {
			words[word] = direction
		}
	}
	return words
}()

// feeWords begin the words for fees, folded.
var feeWords = []string{"tarifa", "taxa", "fee", "servicecharge", "srvchg"}

// saysFee tells whether a text names a fee.
func saysFee(text string) bool {
	if text == "" {
		return false
	}
	word := fold(text)
	for _, fee := range feeWords {
		if strings.HasPrefix(word, fee) {
			return true
		}
	}
	return false
}

// balanceWords begin the words for balances that stand among the lines, folded.
var balanceWords = []string{
	"saldoanterior", "saldodia", "saldododia", "saldoem", "saldofinal", "saldoinicial", "saldototal", "openingbalance",
	"closingbalance",
}

// saysBalance tells whether a text names a balance.
func saysBalance(text string) bool {
	if len(text) < len("saldo dia") {
		return false
	}
	word := fold(utf8Text(text))
	for _, balance := range balanceWords {
		if strings.HasPrefix(word, balance) {
			return true
		}
	}
	return false
}

// identify puts the ids of a line in their places: of those that look like one, the
// id of a return is the line's own, and an end-to-end id beside it its original's.
func (l *Line) identify(candidates ...string) {
	for _, text := range candidates {
		// Cells that would be formulas have an apostrophe before them.
		text = strings.TrimPrefix(strings.TrimSpace(text), "'")
		if !pixid.LookupEndToEndID(text) {
			continue
		}
		switch {
		case l.ID == "":
			l.ID = text
		case text == l.ID:
		case text[0] == 'D' && l.ID[0] == 'E':
			l.ID, l.Original = text, l.ID
		case text[0] == 'E' && l.ID[0] == 'D' && l.Original == "":
			l.Original = text
		}
	}
}

// idLength is how long an end-to-end id is, in characters.
const idLength = 32

// idsIn finds the ids in texts that people or banks wrote.
func (l *Line) idsIn(texts ...string) {
	for _, text := range texts {
		for word := range strings.FieldsFuncSeq(text, func(r rune) bool {
			return !('0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z')
		}) {
			if len(word) != idLength {
				continue
			}
			_, payment := pixid.ParseEndToEndID(word)
			_, back := pixid.ParseReturnID(word)
			if payment == nil || back == nil {
				l.identify(word)
			}
		}
	}
}

// txid is a txid of a file, or nothing if the text can't be one. Static codes
// without a txid have three stars.
func txid(text string) string {
	text = strings.TrimPrefix(strings.TrimSpace(text), "'")
	if _, err := pixid.ParseReceivedTxID(text); err != nil {
		return ""
	}
	return text
}
