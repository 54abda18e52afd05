-- chat-server's tables. Its user needs SELECT, INSERT and UPDATE on them, and CREATE where it is to make them itself.
CREATE TABLE IF NOT EXISTS users (
  id BIGINT PRIMARY KEY AUTO_INCREMENT,
  username VARCHAR(100) NOT NULL,
  email VARCHAR(100) NOT NULL,
  password TEXT NOT NULL,
  UNIQUE (username),
  UNIQUE (email)
) DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS rooms (
  id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  name VARCHAR(100) NOT NULL,
  kind ENUM('builtin', 'public') NOT NULL,
  created_by BIGINT NULL,
  created_at BIGINT NOT NULL
) DEFAULT CHARSET = utf8mb4;

CREATE TABLE IF NOT EXISTS memberships (
  user_id BIGINT NOT NULL,
  room_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  joined_at BIGINT NOT NULL,
  left_at BIGINT NULL,
  PRIMARY KEY (user_id, room_id),
  KEY (room_id, user_id)
) DEFAULT CHARSET = utf8mb4;

INSERT IGNORE INTO rooms (id, name, kind, created_by, created_at) VALUES
  ('beast', 'Boost.Beast', 'builtin', NULL, 0),
  ('async', 'Boost.Async', 'builtin', NULL, 0),
  ('db', 'Database connectors', 'builtin', NULL, 0),
  ('wasm', 'Web assembly', 'builtin', NULL, 0),
  ('test_channe1', '内测频道1', 'public', NULL, 0),
  ('test_channe2', '内测频道2', 'public', NULL, 0);
