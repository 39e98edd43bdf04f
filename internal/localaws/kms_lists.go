package localaws

import (
	"iter"
	"strings"
)

// kmsPage is how KMS pages its lists.
type kmsPage struct {
	Limit  int
	Marker string
}

type kmsMore struct {
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

// take returns a page of rows, usual many unless Limit says otherwise.
func take[T any](page kmsPage, rows func(last string) iter.Seq2[string, *T], usual, most int) (items []*T, more kmsMore, err error) {
	if page.Limit < 0 || page.Limit > most {
		return nil, more, kmsError("ValidationException",
			"1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value less than or equal to %d",
			page.Limit, most)
	}
	if page.Limit == 0 {
		page.Limit = usual
	}
	last, ok := pageStart(page.Marker)
	if !ok {
		return nil, more, kmsError("InvalidMarkerException", "Could not deserialize marker '%s'", page.Marker)
	}
	for key, item := range rows(last) {
		if len(items) == page.Limit {
			return items, kmsMore{NextMarker: pageToken(last), Truncated: true}, nil
		}
		items, last = append(items, item), key
	}
	return items, more, nil
}

type keyListEntry struct {
	KeyID  string `json:"KeyId"`
	KeyArn string
}

type listKeysOutput struct {
	Keys []keyListEntry
	kmsMore
}

func (s *Server) listKeys(rq *request, in *kmsPage) (*listKeysOutput, error) {
	keys, more, err := take(*in, func(last string) iter.Seq2[string, *kmsKey] {
		return func(yield func(string, *kmsKey) bool) {
			prefix := scopePrefix(serviceKMS, rq.region, rq.caller.account)
			for arn, k := range s.kmsKeys.after(prefix, last, rq.stale) {
				if !k.gone(rq.now) && !yield(arn, k) {
					return
				}
			}
		}
	}, 100, 1000)
	if err != nil {
		return nil, err
	}
	out := &listKeysOutput{Keys: []keyListEntry{}, kmsMore: more}
	for _, k := range keys {
		out.Keys = append(out.Keys, keyListEntry{KeyID: k.id, KeyArn: k.arn})
	}
	return out, nil
}

type listAliasesInput struct {
	kmsPage
	// KeyID restricts the list to the aliases of one key.
	KeyID string `json:"KeyId"`
}

type aliasListEntry struct {
	AliasName, AliasArn string
	TargetKeyID         string `json:"TargetKeyId"`
	CreationDate        int64
	LastUpdatedDate     int64
}

type listAliasesOutput struct {
	Aliases []aliasListEntry
	kmsMore
}

func (s *Server) listAliases(rq *request, in *listAliasesInput) (*listAliasesOutput, error) {
	only := ""
	if in.KeyID != "" {
		k, err := s.key(rq, in.KeyID)
		if err != nil {
			return nil, err
		}
		only = k.arn
	}
	aliases, more, err := take(in.kmsPage, func(last string) iter.Seq2[string, *kmsAlias] {
		return func(yield func(string, *kmsAlias) bool) {
			prefix := scopePrefix(serviceKMS, rq.region, rq.caller.account)
			for arn, a := range s.kmsAliases.after(prefix, last, rq.stale) {
				shown := s.aliasOf(rq, arn) != nil && (only == "" || a.target == only)
				if shown && !yield(arn, a) {
					return
				}
			}
		}
	}, 50, 100)
	if err != nil {
		return nil, err
	}
	out := &listAliasesOutput{Aliases: []aliasListEntry{}, kmsMore: more}
	for _, a := range aliases {
		target, _ := parseARN(a.target)
		out.Aliases = append(out.Aliases, aliasListEntry{
			AliasName: a.name, AliasArn: a.arn, TargetKeyID: strings.TrimPrefix(target.resource, "key/"),
			CreationDate: a.created.Unix(), LastUpdatedDate: a.updated.Unix(),
		})
	}
	return out, nil
}
