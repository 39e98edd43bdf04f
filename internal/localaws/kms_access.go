package localaws

import (
	"maps"
	"net/http"

	"github.com/skein-dev/skein/internal/policydoc"
)

// kmsError makes an error of KMS.
func kmsError(code, format string, args ...any) *apiError {
	return newError(code, http.StatusBadRequest, format, args...)
}

// What a queue or topic needs a key for: senders have data keys made and read those that are in use, see
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html.
var (
	keyUseSend    = []string{"kms:GenerateDataKey", "kms:Decrypt"}
	keyUseReceive = []string{"kms:Decrypt"}
)

// mayUseKey says, in KMS's own words, why a queue or topic cannot use a KMS key for someone to do all of the actions; nil
// if it can. ref is a KmsMasterKeyId (an id, an alias with its prefix, or the ARN of either; what is no
// ARN is looked up in the account of r's principal), region that of the queue or topic. r needs no Resource and no
// Action; kms:CallerAccount is added, kms:ViaService is the caller's to give.
func (s *Server) mayUseKey(ref, region string, r policydoc.Request, actions []string) *apiError {
	for _, action := range actions {
		r.Action = action
		if err := s.keyFault(ref, region, r); err != nil {
			return err
		}
	}
	return nil
}

// keyFault says why someone cannot do one thing with a key. Access is decided before the state of the key.
func (s *Server) keyFault(ref, region string, r policydoc.Request) *apiError {
	k, err := s.findKey(ref, region, r.Principal.Account, false)
	if err != nil {
		return err
	}
	if err := s.judgeKey(k, r); err != nil {
		return err
	}
	switch k.state() {
	case "Disabled":
		return kmsError("DisabledException", "%s is disabled.", k.arn)
	case "PendingDeletion":
		return pendingDeletion(k)
	default:
		return nil
	}
}

func pendingDeletion(k *kmsKey) *apiError {
	return kmsError("KMSInvalidStateException", "%s is pending deletion.", k.arn)
}

// judgeKey decides by the key policy alone: a key's own account has no access that its policy does not give. Where the
// policy names the account, all its callers are meant, who are administrators. See
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html.
func (s *Server) judgeKey(k *kmsKey, r policydoc.Request) *apiError {
	r.Resource = k.arn
	if r.Principal.Account != "" {
		r.Context = maps.Clone(r.Context)
		if r.Context == nil {
			r.Context = map[string][]string{}
		}
		r.Context["kms:CallerAccount"] = []string{r.Principal.Account}
	}
	d := s.policies.read(k.policy).Evaluate(r)
	if d.Allowed {
		return nil
	}
	who := r.Principal.ARN
	if r.Principal.Service != "" {
		who = r.Principal.Service
	}
	return kmsError("AccessDeniedException", "User: %s is not authorized to perform: %s on resource: %s %s",
		who, r.Action, k.arn, because(d, r.Action))
}

// key finds the key that an operation of KMS names, for a caller who may use it. Other accounts may be allowed no
// operation here but DescribeKey,
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html.
func (s *Server) key(rq *request, ref string) (*kmsKey, error) {
	if ref == "" {
		return nil, kmsMissing("keyId")
	}
	k, err := s.findKey(ref, rq.region, rq.caller.account, rq.stale)
	if err != nil {
		return nil, err
	}
	if k.account != rq.caller.account && rq.operation != "DescribeKey" {
		return nil, kmsError("AccessDeniedException", "User: %s is not authorized to perform: %s on resource: %s",
			rq.caller.arn, rq.permission(), k.arn)
	}
	err = s.judgeKey(k, policydoc.Request{
		Principal: policydoc.Principal{Account: rq.caller.account, ARN: rq.caller.arn},
		Action:    rq.permission(), Context: rq.conditionKeys(k.account),
	})
	if err != nil {
		return nil, err
	}
	return k, nil
}

// settledKey is key for operations that a key pending deletion does not take.
func (s *Server) settledKey(rq *request, ref string) (*kmsKey, error) {
	k, err := s.key(rq, ref)
	if err != nil {
		return nil, err
	}
	if k.state() == "PendingDeletion" {
		return nil, pendingDeletion(k)
	}
	return k, nil
}

func kmsMissing(member string) *apiError {
	return kmsError("ValidationException",
		"1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}
