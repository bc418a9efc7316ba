package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/saldo-pix/saldo/pixid"
)

// cob is what tests look at of a charge of the Bacen family.
type cob struct {
	Calendario struct {
		Criacao   time.Time
		Expiracao int
	}
	TxID    string
	Revisao *int
	Loc     struct {
		ID       json.Number
		Location string
		TipoCob  string
	}
	Location, Status, Chave, SolicitacaoPagador string
	Devedor                                     struct{ CPF, CNPJ, Nome string }
	Valor                                       struct {
		Original            string
		ModalidadeAlteracao int
	}
	InfoAdicionais []struct{ Nome, Valor string }
	Pix            []struct{ EndToEndID, Valor string }
}

func TestACobChecksEveryField(t *testing.T) { onEveryStore(t, testACobChecksEveryField) }

func testACobChecksEveryField(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", `,"pixKeys":["loja@exemplo.com.br"]`)
	good := map[string]any{
		"calendario": map[string]any{"expiracao": 1800},
		"devedor":    map[string]any{"cpf": "11144477735", "nome": "Jose Exemplo"},
		"valor":      map[string]any{"original": "55.10"},
	}
	infos := func(n int) []any {
		return func() (all []any) {
			for range n {
				all = append(all, map[string]any{"nome": "n", "valor": "v"})
			}
			return all
		}()
	}
	for i, c := range []struct {
		rule, path string
		value      any
		names      string // what the message must name; empty if accepted
	}{
		{"an amount as a number is refused", "valor.original", json.Number("55.10"), "valor.original"},
		{"one decimal is refused", "valor.original", "55.1", "valor.original"},
		{"no decimals are refused", "valor.original", "55", "valor.original"},
		{"0.00 is refused", "valor.original", "0.00", "valor.original"},
		{"0.01 is accepted", "valor.original", "0.01", ""},
		{"ten digits are accepted", "valor.original", "9999999999.99", ""},
		{"eleven digits are refused", "valor.original", "10000000000.00", "valor.original"},
		{"leading zeros are accepted", "valor.original", "0000000055.10", ""},
		{"a sign is refused", "valor.original", "-5.00", "valor.original"},
		{"no amount is refused", "valor", nil, "valor.original"},
		{"no calendar is refused", "calendario", nil, "calendario"},
		{"an empty calendar is accepted", "calendario", map[string]any{}, ""},
		{"an expiration of 0 is refused", "calendario.expiracao", 0, "calendario.expiracao"},
		{"an expiration of 1 is accepted", "calendario.expiracao", 1, ""},
		{"a modality of 2 is refused", "valor.modalidadeAlteracao", 2, "valor.modalidadeAlteracao"},
		{"cpf and cnpj together are refused", "devedor.cnpj", "11222333000181", "devedor"},
		{"a name without document is refused", "devedor.cpf", nil, "devedor.nome"},
		{"a cnpj as cpf is refused", "devedor.cpf", "11222333000181", "devedor.cpf"},
		{"a name of 200 is accepted", "devedor.nome", strings.Repeat("n", 200), ""},
		{"a name of 201 is refused", "devedor.nome", strings.Repeat("n", 201), "devedor.nome"},
		{"an alphanumeric cnpj is accepted", "devedor", map[string]any{"cnpj": "12ABC34501DE35", "nome": "X"}, ""},
		{"no debtor is accepted", "devedor", nil, ""},
		{"the account's own key is accepted", "chave", "loja@exemplo.com.br", ""},
		{"another's key is refused", "chave", "outra@exemplo.com.br", "chave"},
		{"a key of 78 is refused", "chave", strings.Repeat("k", 78), "chave"},
		{"a request of 140 is accepted", "solicitacaoPagador", strings.Repeat("s", 140), ""},
		{"a request of 141 is refused", "solicitacaoPagador", strings.Repeat("s", 141), "solicitacaoPagador"},
		{"fifty infos are accepted", "infoAdicionais", infos(50), ""},
		{"fifty-one infos are refused", "infoAdicionais", infos(51), "infoAdicionais"},
		{"an info without value is refused", "infoAdicionais", []any{map[string]any{"nome": "n"}}, "infoAdicionais[0].valor"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			path, body := fmt.Sprintf("/cob/cobranca%024d", i), with(t, good, c.path, c.value)
			if c.names == "" {
				a.Must(t, http.StatusCreated, "PUT", path, body)
				return
			}
			got := refused(t, a.Client, http.StatusBadRequest, "PUT", path, body)
			if !strings.Contains(got.Message, c.names) {
				t.Errorf("message %q does not name %s", got.Message, c.names)
			}
		})
	}
	for length, want := range map[int]int{25: 400, 26: 201, 35: 201, 36: 400} {
		a.Must(t, want, "PUT", "/cob/"+strings.Repeat("T", length), good)
	}
	a.Must(t, http.StatusBadRequest, "PUT", "/cob/"+strings.Repeat("T", 25)+"-", good)
	wantBalance(t, a, "0.00/0.00/0.00")
}

func TestACobIsCreatedOnceShownAndPaid(t *testing.T) {
	onEveryStore(t, testACobIsCreatedOnceShownAndPaid)
}

func testACobIsCreatedOnceShownAndPaid(t *testing.T, at place) {
	p := house(t, at)
	a, b := p.NewAccount(t, "0", `,"pixKeys":["loja@exemplo.com.br","+5581987654321"]`), p.NewAccount(t, "0", "")
	const path = "/cob/Cobranca000000000000000000000001"
	body := `{"calendario":{"expiracao":1800},"devedor":{"cnpj":"11222333000181","nome":"Cliente LTDA"},` +
		`"valor":{"original":"55.10"},"chave":"81 98765-4321","solicitacaoPagador":"Pedido 7",` +
		`"infoAdicionais":[{"nome":"z","valor":"1"},{"nome":"a","valor":"2"}]}`
	refused(t, a.Client, http.StatusBadRequest, "PUT", path, body) // eleven bare digits are a CPF
	body = strings.Replace(body, "81 98765-4321", "+55 81 98765-4321", 1)
	var created, shown cob
	a.Must(t, http.StatusCreated, "PUT", path, body).JSON(t, &created)
	code, err := pixid.ParseBRCode(created.Location)
	if err != nil || created.Loc.Location != created.Location || !strings.HasSuffix(code.URL, created.TxID) {
		t.Errorf("location %s: %+v, %v", created.Location, code, err)
	}
	if created.Status != "ATIVA" || created.Revisao == nil || *created.Revisao != 0 || created.Loc.TipoCob != "cob" ||
		created.Calendario.Expiracao != 1800 || created.Valor.Original != "55.10" || created.Chave != "+5581987654321" ||
		created.Devedor.CNPJ != "11222333000181" || created.InfoAdicionais[0].Nome != "z" {
		t.Errorf("created %+v", created)
	}
	first := refused(t, a.Client, http.StatusConflict, "PUT", path, body)
	if first.Code != "DUPLICATE_TXID" || first.Details["transactionId"] != created.Loc.ID.String() {
		t.Errorf("conflict %+v", first)
	}
	// Another account can't take the txid, nor learn whose it is.
	other := strings.Replace(body, `"chave":"+55 81 98765-4321",`, "", 1)
	if got := refused(t, b.Client, http.StatusConflict, "PUT", path, other); got.Details["transactionId"] != nil {
		t.Errorf("conflict %+v", got)
	}
	refused(t, b.Client, http.StatusNotFound, "GET", path, nil)
	refused(t, a.Client, http.StatusNotFound, "GET", path[:len(path)-1]+"9", nil)
	p.Event(t, "applied", `{"id":"r1","type":"receipt.settled","endToEndId":"E9999900420261120120000000000001",`+
		`"txId":"`+created.TxID+`","amount":55.10,"payer":{"name":"Outro Pagador","document":"11144477735"}}`)
	a.Must(t, http.StatusOK, "GET", path, nil).JSON(t, &shown)
	if shown.Status != "CONCLUIDA" || shown.Devedor.Nome != "Cliente LTDA" || len(shown.Pix) != 1 ||
		shown.Pix[0].Valor != "55.10" {
		t.Errorf("paid %+v", shown)
	}
	wantBalance(t, a, "55.10/0.00/55.10")
}

func TestThePayerMayChooseTheAmountOfAnAlterableCob(t *testing.T) {
	onEveryStore(t, testThePayerMayChooseTheAmountOfAnAlterableCob)
}

func testThePayerMayChooseTheAmountOfAnAlterableCob(t *testing.T, at place) {
	p := house(t, at)
	a := p.NewAccount(t, "0", "")
	for i, c := range []struct{ modality, result, balance string }{
		{"0", "suspended", "0.00/0.00/0.00"}, {"1", "applied", "60.00/0.00/60.00"},
	} {
		txid := fmt.Sprintf("cobranca%024d", i)
		a.Must(t, http.StatusCreated, "PUT", "/cob/"+txid,
			`{"calendario":{},"valor":{"original":"55.10","modalidadeAlteracao":`+c.modality+`}}`)
		p.Event(t, c.result, fmt.Sprintf(`{"id":"r%d","type":"receipt.settled","txId":%q,"amount":60.00,`+
			`"endToEndId":"E99999004202611201200%011d"}`, i, txid, i))
		wantBalance(t, a, c.balance)
	}
	var paid cob
	a.Must(t, http.StatusOK, "GET", "/cob/cobranca000000000000000000000001", nil).JSON(t, &paid)
	if paid.Valor.Original != "55.10" || paid.Valor.ModalidadeAlteracao != 1 || paid.Pix[0].Valor != "60.00" {
		t.Errorf("paid %+v", paid)
	}
	wantTrialBalance(t, p)
}

func TestAnExpiredChargeCannotBePaid(t *testing.T) { onEveryStore(t, testAnExpiredChargeCannotBePaid) }

func testAnExpiredChargeCannotBePaid(t *testing.T, at place) {
	p := house(t, at)
	a, payer := p.NewAccount(t, "0", ""), p.NewAccount(t, "10.00", "")
	const path = "/cob/cobranca000000000000000000000001"
	var created, shown cob
	a.Must(t, http.StatusCreated, "PUT", path, `{"calendario":{"expiracao":1},"valor":{"original":"5.00"}}`).JSON(t, &created)
	eventually(t, func() string {
		a.Must(t, http.StatusOK, "GET", path, nil).JSON(t, &shown)
		if shown.Status != "REMOVIDA_PELO_PSP" {
			return "status " + shown.Status
		}
		return ""
	})
	got := refused(t, payer.Client, http.StatusBadRequest, "POST", "/api/pix/cash-out-qrcode",
		map[string]any{"value": 5, "qrCode": created.Location, "externalId": "late"})
	if got.Code != "INVALID_QR_CODE" || !strings.Contains(got.Message, "prazo excedido") {
		t.Errorf("refusal %+v", got)
	}
	p.Event(t, "suspended", `{"id":"r1","type":"receipt.settled","endToEndId":"E9999900420261120120000000000001",`+
		`"txId":"`+created.TxID+`","amount":5.00}`)
	wantBalance(t, a, "0.00/0.00/0.00")
	sandboxed := p.NewAccount(t, "0", `,"sandbox":true`)
	sandboxed.Must(t, http.StatusCreated, "PUT", "/cob/cobranca000000000000000000000002",
		`{"calendario":{"expiracao":1},"valor":{"original":"5.00"}}`, "X-Sandbox-Scenario", "delayed:2s")
	sandboxed.Must(t, http.StatusCreated, "PUT", "/cob/cobranca000000000000000000000003",
		`{"calendario":{"expiracao":60},"valor":{"original":"7.00"}}`, "X-Sandbox-Scenario", "delayed:3s")
	eventually(t, func() string { // the second is due later, so the first had its turn
		if sandboxed.Balance(t) == "0.00/0.00/0.00" {
			return "nothing is paid"
		}
		return ""
	})
	wantBalance(t, sandboxed, "7.00/0.00/7.00")
}
