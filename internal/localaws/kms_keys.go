package localaws

import (
	"maps"
	"regexp"
	"strings"
	"time"
)

// KMS as far as encrypted queues and topics need it: symmetric keys with a key policy, aliases, and the keys that AWS
// manages. Nothing is encrypted; mayUseKey says whether it could be.

// kmsKey is one version of a KMS key.
type kmsKey struct {
	arn, id, region, account string
	description              string
	// managed says that AWS manages the key.
	managed bool
	policy  string
	// disabled holds from DisableKey, and from CancelKeyDeletion, until EnableKey.
	disabled bool
	// deletion is when the key goes, zero where that is not scheduled.
	deletion time.Time
	created  time.Time
	tags     map[string]string
}

func (k *kmsKey) clone() *kmsKey {
	next := *k
	next.tags = maps.Clone(k.tags)
	return &next
}

// state returns the key state, see https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html.
func (k *kmsKey) state() string {
	switch {
	case !k.deletion.IsZero():
		return "PendingDeletion"
	case k.disabled:
		return "Disabled"
	default:
		return "Enabled"
	}
}

// gone says whether the waiting period of a deletion is over.
func (k *kmsKey) gone(now time.Time) bool { return !k.deletion.IsZero() && !now.Before(k.deletion) }

// kmsKeyID is the form of key ids: a UUID, for multi-Region keys behind mrk-.
var kmsKeyID = regexp.MustCompile(`^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)

// kmsARN writes what may stand for a key (an id, an alias with its prefix, or the ARN of either) as an ARN.
func kmsARN(ref, region, account string) string {
	switch _, isARN := parseARN(ref); {
	case isARN:
		return ref
	case strings.HasPrefix(ref, "alias/"):
		return scopePrefix(serviceKMS, region, account) + ref
	default:
		return scopePrefix(serviceKMS, region, account) + "key/" + ref
	}
}

// findKey returns the key that ref stands for. What is no ARN is looked up in the account; keys are found in their own
// region only.
func (s *Server) findKey(ref, region, account string, stale bool) (*kmsKey, *apiError) {
	arn := kmsARN(ref, region, account)
	parts, _ := parseARN(arn)
	if parts.service != serviceKMS || parts.region != region {
		return nil, kmsError("NotFoundException", "Invalid arn %s", parts.region)
	}
	if strings.HasPrefix(parts.resource, "alias/") {
		a := s.findAlias(arn, stale)
		if a == nil {
			return nil, kmsError("NotFoundException", "Alias %s is not found.", arn)
		}
		arn = a.target
	} else if id := strings.TrimPrefix(parts.resource, "key/"); !kmsKeyID.MatchString(id) {
		return nil, kmsError("NotFoundException", "Invalid keyId '%s'", id)
	}
	k := s.kmsKeys.get(arn, stale)
	if k == nil || k.gone(s.clock.Now()) {
		return nil, kmsError("NotFoundException", "Key '%s' does not exist", arn)
	}
	return k, nil
}

// newKey makes a key that is not stored yet.
func (s *Server) newKey(region, account string) *kmsKey {
	id := s.ids.uuid()
	return &kmsKey{
		arn: kmsARN(id, region, account), id: id, region: region, account: account,
		created: s.clock.Now(), tags: map[string]string{},
	}
}

type createKeyInput struct {
	Policy, Description, KeyUsage, KeySpec string
	CustomerMasterKeySpec, Origin          string
	BypassPolicyLockoutSafetyCheck         bool
	MultiRegion                            bool
	Tags                                   []kmsTag
}

func (in *createKeyInput) symmetric() bool {
	either := func(value, only string) bool { return value == "" || value == only }
	return either(in.KeyUsage, keyUsage) && either(in.KeySpec, keySpec) && either(in.CustomerMasterKeySpec, keySpec) &&
		either(in.Origin, keyOrigin) && !in.MultiRegion
}

// What all keys here are.
const (
	keyUsage  = "ENCRYPT_DECRYPT"
	keySpec   = "SYMMETRIC_DEFAULT"
	keyOrigin = "AWS_KMS"
)

type keyMetadataOutput struct{ KeyMetadata keyMetadata }

// keyMetadata describes a key; dates are seconds since 1970.
type keyMetadata struct {
	AWSAccountID          string `json:"AWSAccountId"`
	KeyID                 string `json:"KeyId"`
	Arn                   string
	CreationDate          int64
	Enabled               bool
	Description           string
	KeyUsage, KeyState    string
	DeletionDate          int64 `json:",omitempty"`
	Origin, KeyManager    string
	CustomerMasterKeySpec string
	KeySpec               string
	EncryptionAlgorithms  []string
	MultiRegion           bool
}

func (k *kmsKey) metadata() keyMetadataOutput {
	m := keyMetadata{
		AWSAccountID: k.account, KeyID: k.id, Arn: k.arn, CreationDate: k.created.Unix(), Enabled: k.state() == "Enabled",
		Description: k.description, KeyUsage: keyUsage, KeyState: k.state(), Origin: keyOrigin,
		KeyManager: "CUSTOMER", CustomerMasterKeySpec: keySpec, KeySpec: keySpec,
		EncryptionAlgorithms: []string{keySpec},
	}
	if k.managed {
		m.KeyManager = "AWS"
	}
	if !k.deletion.IsZero() {
		m.DeletionDate = k.deletion.Unix()
	}
	return keyMetadataOutput{m}
}

// createKey makes symmetric keys only: queues and topics take no others.
func (s *Server) createKey(rq *request, in *createKeyInput) (*keyMetadataOutput, error) {
	if !in.symmetric() {
		return nil, kmsError("UnsupportedOperationException", "Only symmetric encryption keys of one Region can be created here.")
	}
	k := s.newKey(rq.region, rq.caller.account)
	k.description, k.policy = in.Description, in.Policy
	if k.policy == "" {
		k.policy = defaultKeyPolicy(k)
	}
	if err := s.checkKeyPolicy(rq, k, in.BypassPolicyLockoutSafetyCheck); err != nil {
		return nil, err
	}
	if err := k.addTags(in.Tags); err != nil {
		return nil, err
	}
	s.kmsKeys.put(k.arn, k)
	out := k.metadata()
	return &out, nil
}

// keyRef is the part of an input that names a key.
type keyRef struct {
	KeyID string `json:"KeyId"`
}

func (r keyRef) resource(rq *request) string { return kmsARN(r.KeyID, rq.region, rq.caller.account) }

func (s *Server) describeKey(rq *request, in *keyRef) (*keyMetadataOutput, error) {
	k, err := s.key(rq, in.KeyID)
	if err != nil {
		return nil, err
	}
	out := k.metadata()
	return &out, nil
}
