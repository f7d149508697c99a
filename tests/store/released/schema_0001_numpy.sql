BEGIN TRANSACTION;
CREATE TABLE checkpoint (
	run_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	state BLOB NOT NULL, 
	CONSTRAINT pk_checkpoint PRIMARY KEY (run_id), 
	CONSTRAINT fk_checkpoint_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "checkpoint" VALUES(3,X'0200000000000000',X'7374617465');
CREATE TABLE evaluation (
	id INTEGER NOT NULL, 
	genotype_key VARCHAR(16) NOT NULL, 
	protocol_key VARCHAR NOT NULL, 
	fidelity BIGINT NOT NULL, 
	seed BIGINT NOT NULL, 
	metrics JSON NOT NULL, 
	curve JSON NOT NULL, 
	seconds DOUBLE NOT NULL, 
	error VARCHAR, 
	CONSTRAINT pk_evaluation PRIMARY KEY (id), 
	CONSTRAINT fk_evaluation_genotype_key FOREIGN KEY(genotype_key) REFERENCES genotype ("key"), 
	CONSTRAINT fk_evaluation_protocol_key FOREIGN KEY(protocol_key) REFERENCES protocol ("key"), 
	CONSTRAINT uq_evaluation_genotype_key UNIQUE (genotype_key, protocol_key, fidelity, seed)
);
INSERT INTO "evaluation" VALUES(1,'67b87d3018a466c6','c768b67ed26e7c00',X'9001000000000000',0,'{"val_pckh": 12.392, "params": 42622, "macs": 3940352, "trained_seed": 0}','[[100, 9.0793], [200, 10.035], [300, 11.5], [400, 12.392]]',10.725,NULL);
INSERT INTO "evaluation" VALUES(2,'81d5c8703a54641a','c768b67ed26e7c00',X'9001000000000000',0,'{"val_pckh": 15.132, "params": 29774, "macs": 3378176, "trained_seed": 0}','[[100, 10.067], [200, 11.405], [300, 13.826], [400, 15.132]]',13.135,NULL);
INSERT INTO "evaluation" VALUES(3,'ee6daa4346776192','c768b67ed26e7c00',X'9001000000000000',0,'{"val_pckh": 13.093, "params": 32118, "macs": 3252736, "trained_seed": 0}','[[100, 9.3342], [200, 10.003], [300, 12.042], [400, 13.093]]',10.435,NULL);
INSERT INTO "evaluation" VALUES(4,'955daa740a8dfb2a','c768b67ed26e7c00',X'9001000000000000',0,'{"val_pckh": 13.253, "params": 45574, "macs": 4820480, "trained_seed": 0}','[[100, 8.4103], [200, 10.704], [300, 12.392], [400, 13.253]]',12.86,NULL);
INSERT INTO "evaluation" VALUES(5,'8db0ec29b2d41885','c768b67ed26e7c00',800,0,'{"val_pckh": 19.26889, "test_pckh": 20.57654, "val_pckh_area": 8.13709, "val_loss": 4.31502, "train_loss": 4.29965, "params": 185678, "macs": 7149568, "trained_seed": 0}','[[100, 7.136], [200, 11.118], [300, 12.775], [400, 14.654], [500, 14.622], [600, 16.629], [700, 17.394], [800, 17.426]]',37.76,NULL);
INSERT INTO "evaluation" VALUES(6,'7c3df7f2658af519','c768b67ed26e7c00',800,0,'{"val_pckh": 23.60682, "test_pckh": 23.88999, "val_pckh_area": 10.23207, "val_loss": 4.18942, "train_loss": 4.17428, "params": 1251150, "macs": 38273024, "trained_seed": 0}','[[100, 8.028], [200, 10.162], [300, 12.679], [400, 16.183], [500, 16.693], [600, 18.191], [700, 20.389], [800, 20.707]]',84.21,NULL);
INSERT INTO "evaluation" VALUES(7,'8f152a26fd78d1d4','c768b67ed26e7c00',800,0,'{"val_pckh": 11.12916, "test_pckh": 12.12724, "val_pckh_area": 4.23436, "val_loss": 4.68444, "train_loss": 4.66665, "params": 386806, "macs": 5988352, "trained_seed": 0}','[[100, 5.798], [200, 5.5113], [300, 7.3272], [400, 8.5378], [500, 8.8245], [600, 10.003], [700, 9.366], [800, 10.003]]',30.04,NULL);
INSERT INTO "evaluation" VALUES(8,'d1e0e28344b02bc8','c768b67ed26e7c00',800,0,'{"val_pckh": 10.52803, "test_pckh": 10.91783, "val_pckh_area": 4.16264, "val_loss": 4.73146, "train_loss": 4.72041, "params": 2137630, "macs": 30228480, "trained_seed": 0}','[[100, 6.4352], [200, 6.0847], [300, 6.244], [400, 7.2635], [500, 7.805], [600, 8.8882], [700, 8.7608], [800, 9.143]]',92.28,NULL);
INSERT INTO "evaluation" VALUES(9,'ade397a94cce81f1','p',800,0,'{"val_pckh": 20.0, "macs": 1000000.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(10,'ade397a94cce81f1','p',800,X'0100000000000000','{"val_pckh": 21.0, "macs": 1000000.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(11,'ade397a94cce81f1','p',800,X'0200000000000000','{"val_pckh": 21.0, "macs": 1000000.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(12,'ade397a94cce81f1','p',800,X'03000000','{"val_pckh": 21.0, "macs": 1000000.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(13,'ade397a94cce81f1','p',800,X'04','{"val_pckh": 21.0, "macs": 1000000.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(14,'ade397a94cce81f1','p',800,X'01','{"val_pckh": 21.0, "macs": 1000000.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(15,'ade397a94cce81f1','p',800,X'00286BEE','{"val_pckh": 21.0, "macs": 1000000.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(16,'ade397a94cce81f1','p',800,X'0000C040','{"val_pckh": 21.0, "macs": 1000000.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(17,'7e825cc4a3a40f35','p',X'0000C843',0,'{"val_pckh": 22.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(18,'7e825cc4a3a40f35','p',800,X'0500000000000000','{"val_pckh": 23.0}','[]',0.0,NULL);
INSERT INTO "evaluation" VALUES(19,'7e825cc4a3a40f35','p',800,5,'{"val_pckh": 23.0}','[]',0.0,NULL);
CREATE TABLE genotype (
	"key" VARCHAR(16) NOT NULL, 
	space VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	CONSTRAINT pk_genotype PRIMARY KEY ("key")
);
INSERT INTO "genotype" VALUES('67b87d3018a466c6','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k7_e6,s2b2=skip,s3b1=k3_e3,w1=100,w2=50,w3=200');
INSERT INTO "genotype" VALUES('81d5c8703a54641a','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k7_e6,s3b1=k5_e6,w1=50,w2=100,w3=50');
INSERT INTO "genotype" VALUES('ee6daa4346776192','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k7_e6,s2b2=skip,s3b1=k5_e6,w1=100,w2=100,w3=100');
INSERT INTO "genotype" VALUES('955daa740a8dfb2a','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=skip,s3b1=k5_e6,w1=200,w2=50,w3=200');
INSERT INTO "genotype" VALUES('8db0ec29b2d41885','hrnet','hrnet:blocks=1,bottlenecks=1,stage3=1,stage4=1,stem=16,width=8');
INSERT INTO "genotype" VALUES('7c3df7f2658af519','hrnet','hrnet:blocks=2,bottlenecks=1,stage3=1,stage4=1,stem=32,width=16');
INSERT INTO "genotype" VALUES('8f152a26fd78d1d4','simplebaseline','simplebaseline:base=8,depth=26,filters=32');
INSERT INTO "genotype" VALUES('d1e0e28344b02bc8','simplebaseline','simplebaseline:base=16,depth=50,filters=64');
INSERT INTO "genotype" VALUES('ade397a94cce81f1','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=skip,s3b1=k3_e3,w1=50,w2=50,w3=50');
INSERT INTO "genotype" VALUES('7e825cc4a3a40f35','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k7_e6,s3b1=k5_e6,w1=200,w2=200,w3=200');
CREATE TABLE protocol (
	"key" VARCHAR NOT NULL, 
	text VARCHAR, 
	CONSTRAINT pk_protocol PRIMARY KEY ("key")
);
INSERT INTO "protocol" VALUES('c768b67ed26e7c00','{"protocol":{"augmentation":{"colour":0,"flip":0.5,"rotation_deg":0,"scale":0,"translate":0},"average":0,"batch":16,"data":"lspet","decoder":"quarter","digests":["5fad9d7e2f6b4591","6339c2287091b292","23228a18071761ed"],"flip_test":true,"input":[64,64],"learning_rate":0.01,"loss":"spatial_cross_entropy","metric":"PCKh@0.5","optimizer":"adamw","schedule":"cosine","seeds":"one seed draws the weights, the batches and the augmentation","sigma":0.7,"steps":800,"stride":4,"version":1,"weight_decay":0.01},"seeds":"a seed that a genotype was not trained with is answered by one of those it was: by its number, counting round","sha256":"2ade7229b25786093b25174ddf2f8ccde5f9f0648646c9e3a1a4b3ec6eeb4e60","table":"bench_efficientpose_micro_lspet"}');
INSERT INTO "protocol" VALUES('p',NULL);
CREATE TABLE run (
	id INTEGER NOT NULL, 
	identity VARCHAR(16) NOT NULL, 
	strategy VARCHAR NOT NULL, 
	settings JSON NOT NULL, 
	space VARCHAR NOT NULL, 
	space_digest VARCHAR NOT NULL, 
	seed BIGINT NOT NULL, 
	protocol_key VARCHAR NOT NULL, 
	fidelity BIGINT NOT NULL, 
	objectives JSON NOT NULL, 
	budget INTEGER NOT NULL, 
	started VARCHAR NOT NULL, 
	versions JSON NOT NULL, 
	machine JSON NOT NULL, 
	git_commit VARCHAR, 
	command VARCHAR NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT fk_run_protocol_key FOREIGN KEY(protocol_key) REFERENCES protocol ("key"), 
	CONSTRAINT uq_run_identity UNIQUE (identity)
);
INSERT INTO "run" VALUES(1,'09ff87241ed41e6d','st:NpFid','{}','efficientpose_micro','33b16e647abaaa0b',0,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',4,'2026-11-29T00:26:52+00:00','{"python": "3.11.7", "nasbench-pose": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','a9f949e5c26fb930215e111031a263692dde04c1','fix.py');
INSERT INTO "run" VALUES(2,'9f3e9a7615372c49','baselines','{}','efficientpose_micro','33b16e647abaaa0b',0,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',4,'2026-11-29T00:26:52+00:00','{"python": "3.11.7", "nasbench-pose": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','a9f949e5c26fb930215e111031a263692dde04c1','fix.py');
INSERT INTO "run" VALUES(3,'26e17b4b465496b2','random','{}','efficientpose_micro','33b16e647abaaa0b',0,'p',800,'["val_pckh:max", "macs"]',X'0300000000000000','2026-11-29T00:26:52+00:00','{"python": "3.11.7", "nasbench-pose": "0.1.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','a9f949e5c26fb930215e111031a263692dde04c1','fix.py');
CREATE TABLE schema_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT schema_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "schema_version" VALUES('0001');
CREATE TABLE step (
	run_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	evaluation_id INTEGER NOT NULL, 
	ask_seconds DOUBLE NOT NULL, 
	CONSTRAINT pk_step PRIMARY KEY (run_id, number), 
	CONSTRAINT fk_step_run_id FOREIGN KEY(run_id) REFERENCES run (id), 
	CONSTRAINT fk_step_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluation (id)
);
INSERT INTO "step" VALUES(1,1,1,1.30525999907149525824e-04);
INSERT INTO "step" VALUES(1,2,2,9.5003000069482368417e-05);
INSERT INTO "step" VALUES(1,3,3,5.91879999092270736582e-05);
INSERT INTO "step" VALUES(1,4,4,5.32100000327773159369e-05);
INSERT INTO "step" VALUES(2,1,5,9.33399996938533149659e-06);
INSERT INTO "step" VALUES(2,2,6,4.67699999262549681589e-06);
INSERT INTO "step" VALUES(2,3,7,1.98299994735862128436e-06);
INSERT INTO "step" VALUES(2,4,8,1.33200001073419116437e-06);
INSERT INTO "step" VALUES(3,1,19,0.25);
INSERT INTO "step" VALUES(3,X'0200000000000000',18,0.5);
CREATE INDEX ix_genotype_space ON genotype (space);
CREATE INDEX ix_step_evaluation_id ON step (evaluation_id);
COMMIT;
