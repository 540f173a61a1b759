{{- define "expunct.labels" -}}
app.kubernetes.io/name: expunct-server
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "expunct.image" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "expunct.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false  # a service called expunct-server would set EXPUNCT_SERVER_PORT
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch  # else each start would let the group read the keys, which the server refuses
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "expunct.secret" -}}
{{- required "existingSecret: name the Secret with database-url, master-key and the bucket's credentials" .Values.existingSecret -}}
{{- end }}

{{- define "expunct.env" -}}
{{- $secret := include "expunct.secret" . -}}
- {name: EXPUNCT_SERVER_DATA, value: /var/lib/expunct/data}
- name: EXPUNCT_SERVER_DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: database-url}}
- name: EXPUNCT_SERVER_MASTER_KEY
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: master-key}}
- name: OWN_ACCESS_KEY_ID
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: own-access-key-id}}
- name: OWN_SECRET_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: own-secret-access-key}}
- {name: EXPUNCT_SERVER_STORE, value: {{ required "store: name the bucket, such as s3://expunct-own/production" .Values.store | quote }}}
- {name: EXPUNCT_SERVER_STORE_CREDENTIALS, value: {{ .Values.storeCredentials | quote }}}
- {name: EXPUNCT_SERVER_CREDENTIALS_FILE, value: /etc/expunct/credentials.toml}
- name: EXPUNCT_SERVER_LLM_API_KEYS
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: llm-api-keys, optional: true}}
{{- range $name, $value := .Values.settings }}
- {name: {{ $name }}, value: {{ $value | quote }}}
{{- end }}
{{- end }}
