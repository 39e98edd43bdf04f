package policydoc

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamedAndNarrowed(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/worker"
	for text, c := range map[string]struct {
		named, among []string
		want         string // empty: nobody is left
	}{
		`{"Effect":"Allow","Principal":"*"}`:         {nil, nil, `{"Effect":"Allow","Principal":"*"}`},
		`{"Effect":"Allow","Principal":{"AWS":"*"}}`: {nil, nil, ""},
		`{"Effect":"Allow","Principal":{"AWS":["` + role + `","arn:aws:iam::444455556666:root"]}}`: {
			[]string{role, "444455556666"}, []string{"444455556666"}, `{"Effect":"Allow","Principal":{"AWS":"444455556666"}}`,
		},
		`{"Effect":"Allow","Principal":{"AWS":"` + role + `"}}`: {[]string{role}, []string{"AROAEXAMPLE"}, ""},
		`{"Effect":"Allow","Principal":{"AWS":"` + role + `","Service":"s3.amazonaws.com"}}`: {
			[]string{role}, nil, `{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"}}`,
		},
	} {
		s := mustParse(t, `{"Statement":[`+text+`]}`).Statements[0]
		named := s.Named()
		for _, n := range c.named {
			if !slices.Contains(named, n) {
				t.Errorf("%s names %v, want %v", text, named, c.named)
			}
		}
		if len(named) != len(c.named) {
			t.Errorf("%s names %v, want %v", text, named, c.named)
		}
		got, some := s.Narrowed(c.among)
		if some != (c.want != "") {
			t.Errorf("%s narrowed to %v: somebody is left: %v", text, c.among, some)
		} else if some {
			if diff := cmp.Diff(mustParse(t, `{"Statement":[`+c.want+`]}`).Statements[0], got); diff != "" {
				t.Errorf("%s narrowed to %v (-want +got):\n%s", text, c.among, diff)
			}
		}
	}
}
