package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/saldo-pix/saldo/money"
	"github.com/saldo-pix/saldo/pix"
	"github.com/saldo-pix/saldo/statement"
)

// Format is a form that a report can be written in.
type Format string

// The formats.
const (
	JSON Format = "json"
	CSV  Format = "csv" // as spreadsheets in Brazil read it
)

// Formats lists the names of all formats.
func Formats() []string { return []string{string(JSON), string(CSV)} }

// ContentType returns the media type.
func (f Format) ContentType() string {
	if f == CSV {
		return "text/csv; charset=utf-8"
	}
	return "application/json"
}

// FileName returns what a file of the account's report is called.
func (a *Account) FileName(f Format) string {
	return fmt.Sprintf("relatorio-%s-%s.%s", a.AccountID, a.Date, f)
}

// FileName returns what a file of the report is called.
func (h *House) FileName(f Format) string { return fmt.Sprintf("relatorio-casa-%s.%s", h.Date, f) }

// WriteAccount writes the report of an account.
func WriteAccount(w io.Writer, f Format, a *Account) error {
	if f == CSV {
		t := newTable()
		t.text("conta", a.AccountID.String())
		t.text("nome", a.Name)
		t.text("documento", a.Document)
		t.text("instituição", a.BankName)
		t.head(&a.Head)
		return t.end(w)
	}
	return writeJSON(w, a)
}

// WriteHouse writes the report of the house.
func WriteHouse(w io.Writer, f Format, h *House) error {
	if f != CSV {
		return writeJSON(w, h)
	}
	t := newTable()
	t.head(&h.Head)
	t.count("contas", "contas", h.Accounts)
	t.count("contas", "com movimento ou bloqueio", h.Moved)
	t.count("contas", "em alerta", h.Alerting)
	for _, a := range h.Alerts {
		codes := make([]string, len(a.Reasons))
		for i, code := range a.Reasons {
			codes[i] = string(code)
		}
		t.row("conta em alerta", statement.Harmless(a.AccountID.String()+" "+a.Name), "", cell(a.Net),
			strings.Join(codes, " "))
	}
	for _, s := range h.System {
		t.row("contas internas", s.Role, strconv.Itoa(s.Accounts), cell(s.Closing), "")
	}
	t.money("balancete", "clientes", h.Trial.Customers)
	t.money("balancete", "em trânsito", h.Trial.InTransit)
	t.money("balancete", "diferença", h.Trial.Difference)
	t.money("cobertura", "saldo bruto dos clientes", h.Coverage.CustomersGross)
	t.money("cobertura", "no arranjo", h.Coverage.AtRail)
	t.money("cobertura", "excedente", h.Coverage.Surplus)
	t.count("pendências", "eventos em suspense", h.SuspenseItems)
	return t.end(w)
}

// writeJSON writes a report as JSON on one line.
func writeJSON(w io.Writer, report any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(report)
}

// table writes a report as CSV, a figure a row.
type table struct {
	bytes.Buffer
	err error
}

var tableColumns = []string{
	"seção", "item", "quantidade", "valor", "detalhe", "créditos", "débitos", "tarifas", "bloqueado", "desbloqueado",
}

func newTable() *table {
	t := new(table)
	t.WriteString(statement.CSVMark)
	t.row(tableColumns...)
	return t
}

func (t *table) end(w io.Writer) error {
	if t.err != nil {
		return t.err
	}
	_, err := t.WriteTo(w)
	return err
}

func (t *table) row(cells ...string) {
	row := make([]string, len(tableColumns))
	copy(row, cells)
	if err := statement.CSVRow(&t.Buffer, row); err != nil {
		t.err = err
	}
}

func (t *table) text(item, text string) { t.row("relatório", item, "", "", statement.Harmless(text)) }

func (t *table) money(section, item string, c Amount) {
	t.row(section, item, "", cell(c))
}

func (t *table) count(section, item string, n int) { t.row(section, item, strconv.Itoa(n)) }

// head writes what the reports of an account and of the house have in common.
func (t *table) head(h *Head) {
	t.text("data", statement.CSVDay(h.Date))
	t.text("posição em", h.AsOf.In(pix.SaoPaulo).Format("02/01/2006 15:04:05"))
	t.text("situação", string(h.Status))
	for _, r := range h.Reasons {
		t.row("motivo", string(r.Code), optionalCount(r.Count), optionalMoney(r.Amount), reasonNames[r.Code])
	}
	t.money("saldo", "bruto", h.Balance.Gross)
	t.money("saldo", "bloqueado", h.Balance.Blocked)
	t.money("saldo", "disponível", h.Balance.Net)
	t.row("saldo", "percentual bloqueado", "", cell(Amount(h.BlockedPercentage)))
	f, b := &h.Flow, &h.BlockedFlow
	t.money("fechamento", "saldo inicial", f.Opening)
	t.money("fechamento", "créditos", f.Credits)
	t.money("fechamento", "débitos", f.Debits)
	t.money("fechamento", "tarifas", f.Fees)
	t.money("fechamento", "saldo esperado", f.Expected)
	t.money("fechamento", "saldo final", f.Closing)
	t.money("fechamento", "diferença", f.Difference)
	t.money("bloqueios do dia", "bloqueado no início", b.Opening)
	t.money("bloqueios do dia", "bloqueios", b.Blocked)
	t.money("bloqueios do dia", "desbloqueios", b.Unblocked)
	t.money("bloqueios do dia", "bloqueado no fim", b.Closing)
	t.money("bloqueios do dia", "diferença", b.Difference)
	for _, k := range h.Kinds {
		row := []string{"lançamentos", kindNames[k.Kind], strconv.Itoa(k.Count), "", string(k.Kind)}
		for _, c := range []Amount{k.Credits, k.Debits, k.Fees, k.Blocked, k.Unblocked} {
			row = append(row, cell(c))
		}
		t.row(row...)
	}
	for _, age := range h.Holds.Ages {
		t.row("bloqueios abertos", ageNames[age.Age], strconv.Itoa(age.Holds), cell(age.Held))
	}
	t.money("bloqueios abertos", "em falta", h.Holds.Shortfall)
	t.count("bloqueios abertos", "prazo vencido", h.Holds.Overdue)
	t.count("pendências", "alertas abertos", h.OpenAlerts)
	t.count("pendências", "avisos não entregues", h.DeadLetters)
}

func optionalCount(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func optionalMoney(c *Amount) string {
	if c == nil {
		return ""
	}
	return cell(*c)
}

// cell writes an amount as spreadsheets in Brazil read it.
func cell(c Amount) string { return statement.Comma(money.Centavos(c)) }

var kindNames = map[statement.Kind]string{
	statement.OpeningBalance: "saldo de abertura", statement.PixIn: "Pix recebidos", statement.PixOut: "Pix enviados",
	statement.RefundIn: "devoluções enviadas", statement.RefundOut: "devoluções recebidas",
	statement.Transfer: "transferências", MEDCapture: "retiradas do MED",
	statement.Capture: "retiradas de bloqueio", statement.Block: "bloqueios",
	statement.Unblock: "desbloqueios", statement.Move: "trocas de bloqueio",
}

var reasonNames = map[Code]string{
	DoesNotAddUp:     "os lançamentos não levam ao saldo final",
	DoesNotContinue:  "o saldo inicial não é o saldo final do dia anterior",
	NetNotPositive:   "sem saldo disponível",
	NetCritical:      "saldo disponível abaixo do limite crítico",
	NetWarning:       "saldo disponível abaixo do limite de atenção",
	BlockedShare:     "parcela bloqueada acima do limite",
	HoldShortfall:    "bloqueios com valor em falta",
	HoldOverdue:      "bloqueios com prazo vencido",
	OpenAlerts:       "alertas abertos",
	DeadLetters:      "avisos não entregues",
	TrialBalance:     "o balancete não fecha",
	NotCovered:       "saldo dos clientes maior que o valor no arranjo",
	SuspenseNotEmpty: "valores ou eventos em suspense",
	AccountsDoNotAdd: "contas que não fecham",
}

var ageNames = map[Age]string{
	UpTo1Day: "até 1 dia", UpTo7Days: "até 7 dias", UpTo30Days: "até 30 dias", Over30Days: "mais de 30 dias",
}

// rowColumns are of the file that has a row for each account.
var rowColumns = []string{
	"data", "conta", "nome", "documento", "situação", "motivos", "saldo inicial", "créditos", "débitos", "tarifas",
	"saldo final", "bloqueado", "disponível", "percentual bloqueado", "lançamentos", "bloqueios abertos",
}

func writeHeader(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(statement.CSVMark)
	if err := statement.CSVRow(&b, rowColumns); err != nil {
		return err
	}
	_, err := b.WriteTo(w)
	return err
}

func writeRow(w io.Writer, a *Account) error {
	codes := make([]string, len(a.Reasons))
	for i := range a.Reasons {
		codes[i] = string(a.Reasons[i].Code)
	}
	var b bytes.Buffer
	row := []string{
		statement.CSVDay(a.Date), a.AccountID.String(), statement.Harmless(a.Name), statement.Harmless(a.Document),
		string(a.Status), strings.Join(codes, " "),
	}
	f := &a.Flow
	for _, c := range []Amount{
		f.Opening, f.Credits, f.Debits, f.Fees, f.Closing, a.Balance.Blocked, a.Balance.Net,
		Amount(a.BlockedPercentage),
	} {
		row = append(row, cell(c))
	}
	if err := statement.CSVRow(&b, append(row, strconv.Itoa(a.Entries), strconv.Itoa(a.Holds.Open))); err != nil {
		return err
	}
	_, err := b.WriteTo(w)
	return err
}
