package testenv

import (
	"context"
	"crypto/tls"
	"fmt"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// tokenSeconds is how long a token of KubeconfigFor lives: longer than any demo.
const tokenSeconds = 24 * 60 * 60

// KubeconfigFor returns a kubeconfig with which a process is that service
// account, by a token of one day: it may do what its RBAC allows and no more.
// The namespace and the service account must exist.
func KubeconfigFor(ctx context.Context, cfg *rest.Config, namespace, serviceAccount string) ([]byte, error) {
	failed := func(err error) ([]byte, error) {
		return nil, fmt.Errorf("making a kubeconfig for service account %s/%s: %w", namespace, serviceAccount, err)
	}
	c, err := client.New(cfg, client.Options{})
	if err != nil {
		return failed(err)
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: serviceAccount}}
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To[int64](tokenSeconds)}}
	if err := c.SubResource("token").Create(ctx, account, request); err != nil {
		return failed(err)
	}
	const name = "skein"
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters[name] = &clientcmdapi.Cluster{Server: cfg.Host, CertificateAuthorityData: cfg.CAData}
	kubeconfig.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: request.Status.Token}
	kubeconfig.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name, Namespace: namespace}
	kubeconfig.CurrentContext = name
	content, err := clientcmd.Write(*kubeconfig)
	if err != nil {
		return failed(err)
	}
	return content, nil
}

// insecureLocal is for health probes of our own children on the loopback, whose
// certificates they have made themselves.
func insecureLocal() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true} //nolint:gosec // a health probe on the loopback
}
