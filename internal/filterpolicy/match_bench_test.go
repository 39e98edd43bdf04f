package filterpolicy

import "testing"

func BenchmarkMatch(b *testing.B) {
	nested := `{"Records":{"kind":["wanted"],"id":[{"numeric":["<",0]}],"detail":{"tags":["c"]}}}`
	benchmarks := map[string]struct {
		policy string
		scope  Scope
		m      Message
	}{
		"attributes": {
			`{"store":["a","b",{"prefix":"c"}],"price":[{"numeric":[">",0,"<=",150]}]}`, ScopeMessageAttributes,
			Message{Attributes: attributes(b, "store", "String.Array", `["x","cd"]`, "price", "Number", "99.5")},
		},
		"small body": {nested, ScopeMessageBody, Message{Body: records(2)}},
		"256 KB":     {nested, ScopeMessageBody, Message{Body: records(4800)}},
	}
	for name, bb := range benchmarks {
		b.Run(name, func(b *testing.B) {
			p := mustParse(b, bb.policy, bb.scope)
			b.SetBytes(int64(len(bb.m.Body)))
			b.ReportAllocs()
			for b.Loop() {
				if got := p.Match(bb.m); !got.Matched {
					b.Fatalf("%+v", got)
				}
			}
		})
	}
}
