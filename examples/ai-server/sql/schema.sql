-- The database of ai-server, which nobody else opens. Applied at start, statement by statement.
-- Times are milliseconds since 1970.

CREATE TABLE IF NOT EXISTS ai_conversations (
  id BIGINT PRIMARY KEY AUTO_INCREMENT,
  user_id BIGINT NOT NULL,
  title VARCHAR(100) NOT NULL,
  model VARCHAR(100) NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  KEY (user_id, updated_at, id)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE IF NOT EXISTS ai_messages (
  id BIGINT PRIMARY KEY AUTO_INCREMENT,
  conversation_id BIGINT NOT NULL,
  role ENUM('user', 'assistant') NOT NULL,
  content MEDIUMTEXT NOT NULL,
  reasoning MEDIUMTEXT NULL,
  status ENUM('running', 'complete', 'stopped', 'error') NOT NULL,
  error VARCHAR(64) NULL,
  model VARCHAR(100) NULL,
  usage_json JSON NULL,
  nonce VARCHAR(64) CHARACTER SET ascii NULL,
  created_at BIGINT NOT NULL,
  KEY (conversation_id, id),
  UNIQUE (conversation_id, nonce)
) DEFAULT CHARACTER SET utf8mb4;

CREATE TABLE IF NOT EXISTS ai_keys (
  user_id BIGINT PRIMARY KEY,
  key_id VARCHAR(16) NOT NULL,
  iv BINARY(12) NOT NULL,
  ciphertext VARBINARY(512) NOT NULL,
  last4 CHAR(4) NOT NULL,
  updated_at BIGINT NOT NULL
) DEFAULT CHARACTER SET utf8mb4;
