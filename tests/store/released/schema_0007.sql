BEGIN TRANSACTION;
CREATE TABLE "ask" (
	run_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	told INTEGER NOT NULL, 
	genotype_key VARCHAR(16) NOT NULL, 
	fidelity BIGINT NOT NULL, 
	schedule VARCHAR NOT NULL, 
	seconds DOUBLE NOT NULL, 
	checksum BIGINT NOT NULL, 
	CONSTRAINT pk_ask PRIMARY KEY (run_id, number), 
	CONSTRAINT fk_ask_genotype_key FOREIGN KEY(genotype_key) REFERENCES genotype ("key"), 
	CONSTRAINT fk_ask_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "ask" VALUES(8,1,0,'803cb046de8ed758',100,'whole',2.34131000000026290308e-04,1063851754);
INSERT INTO "ask" VALUES(8,2,0,'6894d8ac1dcd9f73',100,'whole',1.6117199999998721438e-04,3367401909);
INSERT INTO "ask" VALUES(8,3,0,'e4982e5f0133c6e7',100,'whole',5.79170000000184259647e-05,2033912621);
INSERT INTO "ask" VALUES(8,4,1,'d7f26c59fd3f91f6',100,'whole',3.37709999999047383312e-05,4149106773);
INSERT INTO "ask" VALUES(8,5,2,'b75c562065cb31be',100,'whole',2.43770000000198550083e-05,1282416212);
INSERT INTO "ask" VALUES(8,6,3,'6894d8ac1dcd9f73',300,'whole',7.13569999999386084255e-05,3617292587);
INSERT INTO "ask" VALUES(8,7,4,'79e1edb33c906390',100,'whole',4.16530000000303601837e-05,3201486580);
INSERT INTO "ask" VALUES(8,8,5,'9b6758e7e898c314',100,'whole',3.21789999999655407236e-05,3947692086);
INSERT INTO "ask" VALUES(8,9,6,'803cb046de8ed758',300,'whole',1.9038999999998473811e-05,3565127338);
CREATE TABLE "checkpoint" (
	run_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	state BLOB NOT NULL, 
	checksum BIGINT NOT NULL, 
	CONSTRAINT pk_checkpoint PRIMARY KEY (run_id), 
	CONSTRAINT fk_checkpoint_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "checkpoint" VALUES(7,2,X'7374617465',1870185321);
CREATE TABLE "evaluation" (
	id INTEGER NOT NULL, 
	genotype_key VARCHAR(16) NOT NULL, 
	protocol_key VARCHAR NOT NULL, 
	fidelity BIGINT NOT NULL, 
	seed BIGINT NOT NULL, 
	metrics JSON NOT NULL, 
	curve JSON NOT NULL, 
	seconds DOUBLE NOT NULL, 
	error VARCHAR, 
	schedule VARCHAR DEFAULT 'whole' NOT NULL, 
	checksum BIGINT NOT NULL, 
	CONSTRAINT pk_evaluation PRIMARY KEY (id), 
	CONSTRAINT fk_evaluation_genotype_key FOREIGN KEY(genotype_key) REFERENCES genotype ("key"), 
	CONSTRAINT uq_evaluation_genotype_key UNIQUE (genotype_key, protocol_key, fidelity, seed, schedule), 
	CONSTRAINT fk_evaluation_protocol_key FOREIGN KEY(protocol_key) REFERENCES protocol ("key")
);
INSERT INTO "evaluation" VALUES(1,'cfd32b7bab7dc49c','c768b67ed26e7c00',800,0,'{"val_pckh": 20.60114, "test_pckh": 21.85222, "val_pckh_area": 8.83838, "val_loss": 4.26064, "train_loss": 4.23959, "params": 52790, "macs": 5082112, "trained_seed": 0}','[[100, 9.9395], [200, 11.086], [300, 13.826], [400, 14.559], [500, 15.865], [600, 18.254], [700, 18.605], [800, 18.445]]',27.61,NULL,'whole',2388988003);
INSERT INTO "evaluation" VALUES(2,'bba71fb98ae815c3','c768b67ed26e7c00',800,0,'{"val_pckh": 16.92933, "test_pckh": 17.24652, "val_pckh_area": 7.15968, "val_loss": 4.42655, "train_loss": 4.40223, "params": 27574, "macs": 3268096, "trained_seed": 0}','[[100, 8.6015], [200, 10.354], [300, 11.723], [400, 12.743], [500, 14.527], [600, 15.737], [700, 16.056], [800, 16.152]]',27.79,NULL,'whole',1103529663);
INSERT INTO "evaluation" VALUES(3,'3cb10a4e2695e0a0','c768b67ed26e7c00',800,0,'{"val_pckh": 19.77254, "test_pckh": 20.89132, "val_pckh_area": 8.43275, "val_loss": 4.31076, "train_loss": 4.29408, "params": 55286, "macs": 5748224, "trained_seed": 0}','[[100, 8.6333], [200, 9.9076], [300, 13.093], [400, 14.527], [500, 16.12], [600, 17.713], [700, 17.362], [800, 18.222]]',29.01,NULL,'whole',3562242327);
INSERT INTO "evaluation" VALUES(4,'e953accd0ce95a8c','c768b67ed26e7c00',800,0,'{"val_pckh": 16.97807, "test_pckh": 17.52816, "val_pckh_area": 7.27406, "val_loss": 4.41393, "train_loss": 4.4052, "params": 44690, "macs": 3979520, "trained_seed": 0}','[[100, 8.8882], [200, 11.214], [300, 12.169], [400, 13.348], [500, 13.985], [600, 15.291], [700, 16.311], [800, 16.024]]',23.51,NULL,'whole',1837564163);
INSERT INTO "evaluation" VALUES(5,'b63486a80cfa2837','c768b67ed26e7c00',800,0,'{"val_pckh": 17.36799, "test_pckh": 18.80384, "val_pckh_area": 7.43503, "val_loss": 4.39764, "train_loss": 4.38415, "params": 45034, "macs": 4421888, "trained_seed": 0}','[[100, 9.0793], [200, 10.736], [300, 11.15], [400, 12.615], [500, 13.858], [600, 14.495], [700, 15.228], [800, 14.654]]',23.69,NULL,'whole',1840237912);
INSERT INTO "evaluation" VALUES(6,'80c44507e8b392b7','c768b67ed26e7c00',800,0,'{"val_pckh": 18.74898, "test_pckh": 19.334, "val_pckh_area": 7.93079, "val_loss": 4.35253, "train_loss": 4.34402, "params": 26878, "macs": 3229696, "trained_seed": 0}','[[100, 9.1749], [200, 11.086], [300, 12.966], [400, 12.838], [500, 15.1], [600, 16.215], [700, 16.725], [800, 16.98]]',20.68,NULL,'whole',3474817275);
INSERT INTO "evaluation" VALUES(7,'24edb5cc26dc82c9','c768b67ed26e7c00',800,1,'{"val_pckh": 18.73274, "test_pckh": 19.91385, "val_pckh_area": 8.05106, "val_loss": 4.35495, "train_loss": 4.38113, "params": 33050, "macs": 3646720, "trained_seed": 1}','[[100, 9.3979], [200, 10.545], [300, 11.819], [400, 13.826], [500, 15.323], [600, 15.037], [700, 15.897], [800, 16.502]]',27.92,NULL,'whole',3947954272);
INSERT INTO "evaluation" VALUES(8,'4077c12076433c6b','c768b67ed26e7c00',800,1,'{"val_pckh": 17.75792, "test_pckh": 19.30086, "val_pckh_area": 7.48515, "val_loss": 4.37309, "train_loss": 4.3784, "params": 47282, "macs": 4145408, "trained_seed": 0}','[[100, 9.3979], [200, 10.385], [300, 12.488], [400, 13.794], [500, 14.463], [600, 15.642], [700, 15.61], [800, 16.279]]',18.13,NULL,'whole',3358765822);
INSERT INTO "evaluation" VALUES(9,'5ac02aa293e569f7','c768b67ed26e7c00',800,1,'{"val_pckh": 18.1316, "test_pckh": 19.71504, "val_pckh_area": 7.73213, "val_loss": 4.35894, "train_loss": 4.34513, "params": 40070, "macs": 4405760, "trained_seed": 0}','[[100, 9.589], [200, 10.385], [300, 12.87], [400, 14.304], [500, 14.814], [600, 16.215], [700, 17.012], [800, 16.375]]',30.69,NULL,'whole',2067827986);
INSERT INTO "evaluation" VALUES(10,'082a3497f5b35433','c768b67ed26e7c00',800,1,'{"val_pckh": 17.27051, "test_pckh": 17.85951, "val_pckh_area": 7.43109, "val_loss": 4.41136, "train_loss": 4.43792, "params": 20126, "macs": 2493440, "trained_seed": 1}','[[100, 9.4616], [200, 10.194], [300, 10.8], [400, 12.647], [500, 14.431], [600, 14.718], [700, 15.228], [800, 15.196]]',21.58,NULL,'whole',2142998333);
INSERT INTO "evaluation" VALUES(11,'4f9be41f52f7ed5f','c768b67ed26e7c00',800,1,'{"val_pckh": 20.34119, "test_pckh": 20.74221, "val_pckh_area": 8.43519, "val_loss": 4.29625, "train_loss": 4.34243, "params": 61838, "macs": 5542400, "trained_seed": 1}','[[100, 9.2705], [200, 10.513], [300, 11.214], [400, 15.005], [500, 15.769], [600, 16.725], [700, 17.139], [800, 17.522]]',25.31,NULL,'whole',3441146960);
INSERT INTO "evaluation" VALUES(12,'a121853586792ed5','c768b67ed26e7c00',800,1,'{"val_pckh": 17.98538, "test_pckh": 18.87011, "val_pckh_area": 7.82815, "val_loss": 4.37456, "train_loss": 4.37092, "params": 56906, "macs": 5153024, "trained_seed": 0}','[[100, 8.9838], [200, 9.812], [300, 11.564], [400, 13.284], [500, 14.208], [600, 16.247], [700, 16.279], [800, 15.514]]',30.35,NULL,'whole',3789761313);
INSERT INTO "evaluation" VALUES(13,'e34ab504c931c675','c768b67ed26e7c00',800,0,'{"val_pckh": 19.61007, "test_pckh": 19.56594, "val_pckh_area": 8.38625, "val_loss": 4.3251, "train_loss": 4.31985, "params": 34862, "macs": 3848704, "trained_seed": 0}','[[100, 10.226], [200, 10.768], [300, 13.348], [400, 13.89], [500, 15.451], [600, 17.203], [700, 17.267], [800, 17.49]]',27.3,NULL,'whole',3512149950);
INSERT INTO "evaluation" VALUES(14,'c00c5a4038ace709','c768b67ed26e7c00',800,0,'{"val_pckh": 21.54346, "test_pckh": 22.29954, "val_pckh_area": 9.17956, "val_loss": 4.21164, "train_loss": 4.20789, "params": 51630, "macs": 5481472, "trained_seed": 0}','[[100, 9.9713], [200, 11.373], [300, 13.38], [400, 15.737], [500, 17.776], [600, 19.019], [700, 19.369], [800, 19.911]]',29.11,NULL,'whole',1872030906);
INSERT INTO "evaluation" VALUES(15,'53a9f36bf6b93d69','c768b67ed26e7c00',800,0,'{"val_pckh": 19.38262, "test_pckh": 20.32803, "val_pckh_area": 8.21337, "val_loss": 4.32097, "train_loss": 4.32724, "params": 31142, "macs": 3858944, "trained_seed": 0}','[[100, 8.8245], [200, 11.15], [300, 12.711], [400, 14.208], [500, 14.208], [600, 16.47], [700, 17.33], [800, 17.49]]',23.69,NULL,'whole',137801947);
INSERT INTO "evaluation" VALUES(16,'4c522321eb56f4f9','c768b67ed26e7c00',800,0,'{"val_pckh": 18.99269, "test_pckh": 19.86415, "val_pckh_area": 8.04321, "val_loss": 4.33439, "train_loss": 4.33071, "params": 39598, "macs": 4000768, "trained_seed": 0}','[[100, 9.7802], [200, 10.608], [300, 13.093], [400, 14.176], [500, 13.858], [600, 16.12], [700, 16.024], [800, 15.769]]',26.57,NULL,'whole',760236336);
INSERT INTO "evaluation" VALUES(17,'f9397a09705b34d0','c768b67ed26e7c00',800,0,'{"val_pckh": 19.69131, "test_pckh": 21.17296, "val_pckh_area": 8.48972, "val_loss": 4.29013, "train_loss": 4.27572, "params": 39566, "macs": 4738048, "trained_seed": 0}','[[100, 9.5253], [200, 9.8758], [300, 12.998], [400, 13.635], [500, 15.865], [600, 17.999], [700, 18.573], [800, 18.605]]',33.35,NULL,'whole',2258176734);
INSERT INTO "evaluation" VALUES(18,'2bd66b3b481dcd2d','c768b67ed26e7c00',800,1,'{"val_pckh": 19.64257, "test_pckh": 19.88072, "val_pckh_area": 8.32711, "val_loss": 4.31265, "train_loss": 4.34851, "params": 29214, "macs": 3501568, "trained_seed": 1}','[[100, 8.8563], [200, 10.417], [300, 11.946], [400, 13.507], [500, 14.973], [600, 16.98], [700, 17.044], [800, 17.999]]',24.47,NULL,'whole',180539139);
INSERT INTO "evaluation" VALUES(19,'6d161b5c754f35ac','c768b67ed26e7c00',800,1,'{"val_pckh": 15.7433, "test_pckh": 17.19682, "val_pckh_area": 6.74114, "val_loss": 4.45401, "train_loss": 4.45005, "params": 17510, "macs": 2332160, "trained_seed": 0}','[[100, 7.9325], [200, 9.7165], [300, 11.723], [400, 12.838], [500, 13.348], [600, 14.336], [700, 15.1], [800, 14.845]]',25.16,NULL,'whole',1571342331);
INSERT INTO "evaluation" VALUES(20,'0ea892c792542813','c768b67ed26e7c00',800,1,'{"val_pckh": 15.7108, "test_pckh": 16.26905, "val_pckh_area": 6.75456, "val_loss": 4.46762, "train_loss": 4.5002, "params": 15094, "macs": 2404352, "trained_seed": 1}','[[100, 8.2829], [200, 9.589], [300, 10.194], [400, 13.125], [500, 12.392], [600, 13.476], [700, 13.253], [800, 13.667]]',17.14,NULL,'whole',3942872801);
INSERT INTO "evaluation" VALUES(21,'bf4dd9af23e3b169','c768b67ed26e7c00',800,1,'{"val_pckh": 16.00325, "test_pckh": 17.67727, "val_pckh_area": 6.56086, "val_loss": 4.44327, "train_loss": 4.44653, "params": 16750, "macs": 2504192, "trained_seed": 0}','[[100, 8.9838], [200, 10.385], [300, 10.959], [400, 11.883], [500, 13.316], [600, 14.081], [700, 14.017], [800, 14.718]]',17.84,NULL,'whole',3104831617);
INSERT INTO "evaluation" VALUES(22,'fcd3ee3f2b7f9840','c768b67ed26e7c00',800,1,'{"val_pckh": 18.63526, "test_pckh": 19.44997, "val_pckh_area": 7.91133, "val_loss": 4.36795, "train_loss": 4.39174, "params": 20654, "macs": 2740736, "trained_seed": 1}','[[100, 9.3342], [200, 11.054], [300, 12.392], [400, 13.667], [500, 15.26], [600, 15.706], [700, 15.674], [800, 16.056]]',21.59,NULL,'whole',711528688);
INSERT INTO "evaluation" VALUES(23,'a0d6efebad934358','c768b67ed26e7c00',800,1,'{"val_pckh": 18.11535, "test_pckh": 18.4725, "val_pckh_area": 7.76677, "val_loss": 4.37254, "train_loss": 4.41847, "params": 16958, "macs": 2516480, "trained_seed": 1}','[[100, 8.251], [200, 10.8], [300, 12.297], [400, 14.431], [500, 15.483], [600, 15.642], [700, 15.514], [800, 16.183]]',16.83,NULL,'whole',3734716519);
INSERT INTO "evaluation" VALUES(24,'8db0ec29b2d41885','c768b67ed26e7c00',800,0,'{"val_pckh": 19.26889, "test_pckh": 20.57654, "val_pckh_area": 8.13709, "val_loss": 4.31502, "train_loss": 4.29965, "params": 185678, "macs": 7149568, "trained_seed": 0}','[[100, 7.136], [200, 11.118], [300, 12.775], [400, 14.654], [500, 14.622], [600, 16.629], [700, 17.394], [800, 17.426]]',37.76,NULL,'whole',2548308314);
INSERT INTO "evaluation" VALUES(25,'7c3df7f2658af519','c768b67ed26e7c00',800,0,'{"val_pckh": 23.60682, "test_pckh": 23.88999, "val_pckh_area": 10.23207, "val_loss": 4.18942, "train_loss": 4.17428, "params": 1251150, "macs": 38273024, "trained_seed": 0}','[[100, 8.028], [200, 10.162], [300, 12.679], [400, 16.183], [500, 16.693], [600, 18.191], [700, 20.389], [800, 20.707]]',84.21,NULL,'whole',956209976);
INSERT INTO "evaluation" VALUES(26,'8f152a26fd78d1d4','c768b67ed26e7c00',800,0,'{"val_pckh": 11.12916, "test_pckh": 12.12724, "val_pckh_area": 4.23436, "val_loss": 4.68444, "train_loss": 4.66665, "params": 386806, "macs": 5988352, "trained_seed": 0}','[[100, 5.798], [200, 5.5113], [300, 7.3272], [400, 8.5378], [500, 8.8245], [600, 10.003], [700, 9.366], [800, 10.003]]',30.04,NULL,'whole',1253380924);
INSERT INTO "evaluation" VALUES(27,'d1e0e28344b02bc8','c768b67ed26e7c00',800,0,'{"val_pckh": 10.52803, "test_pckh": 10.91783, "val_pckh_area": 4.16264, "val_loss": 4.73146, "train_loss": 4.72041, "params": 2137630, "macs": 30228480, "trained_seed": 0}','[[100, 6.4352], [200, 6.0847], [300, 6.244], [400, 7.2635], [500, 7.805], [600, 8.8882], [700, 8.7608], [800, 9.143]]',92.28,NULL,'whole',3339239428);
INSERT INTO "evaluation" VALUES(28,'8db0ec29b2d41885','c768b67ed26e7c00',800,1,'{"val_pckh": 18.47279, "test_pckh": 19.61564, "val_pckh_area": 7.91925, "val_loss": 4.32126, "train_loss": 4.34759, "params": 185678, "macs": 7149568, "trained_seed": 1}','[[100, 7.5502], [200, 9.7483], [300, 12.074], [400, 13.125], [500, 15.132], [600, 16.916], [700, 16.916], [800, 17.33]]',38.15,NULL,'whole',3378880144);
INSERT INTO "evaluation" VALUES(29,'7c3df7f2658af519','c768b67ed26e7c00',800,1,'{"val_pckh": 22.9407, "test_pckh": 24.30417, "val_pckh_area": 9.84578, "val_loss": 4.18678, "train_loss": 4.20994, "params": 1251150, "macs": 38273024, "trained_seed": 1}','[[100, 9.4616], [200, 9.6209], [300, 13.38], [400, 16.024], [500, 18.987], [600, 18.891], [700, 21.121], [800, 21.44]]',82.63,NULL,'whole',820406472);
INSERT INTO "evaluation" VALUES(30,'8f152a26fd78d1d4','c768b67ed26e7c00',800,1,'{"val_pckh": 11.09667, "test_pckh": 11.53082, "val_pckh_area": 4.35836, "val_loss": 4.6905, "train_loss": 4.71239, "params": 386806, "macs": 5988352, "trained_seed": 1}','[[100, 6.2122], [200, 6.467], [300, 8.3466], [400, 8.251], [500, 9.3023], [600, 9.6528], [700, 9.5572], [800, 9.7802]]',31.69,NULL,'whole',384636852);
INSERT INTO "evaluation" VALUES(31,'d1e0e28344b02bc8','c768b67ed26e7c00',800,1,'{"val_pckh": 9.92689, "test_pckh": 10.80186, "val_pckh_area": 3.77593, "val_loss": 4.74878, "train_loss": 4.75842, "params": 2137630, "macs": 30228480, "trained_seed": 1}','[[100, 6.021], [200, 5.9255], [300, 6.1166], [400, 6.3396], [500, 6.6582], [600, 7.9962], [700, 8.5696], [800, 8.8563]]',96.84,NULL,'whole',3927966054);
INSERT INTO "evaluation" VALUES(32,'ade397a94cce81f1','p',800,0,'{"val_pckh": 20.5, "macs": 1}','[[400, 10.0], [800, 20.5]]',3.5,NULL,'whole',2327840315);
INSERT INTO "evaluation" VALUES(33,'7e825cc4a3a40f35','p',800,0,'{}','[]',1.5,'RuntimeError: out of luck','whole',1179401805);
INSERT INTO "evaluation" VALUES(34,'ade397a94cce81f1','p',200,7,'{"val_pckh": 20.0}','[]',5.0,NULL,'whole',2208429720);
INSERT INTO "evaluation" VALUES(35,'ade397a94cce81f1','p',200,7,'{"val_pckh": 22.0}','[]',5.0,NULL,'own',1937584009);
INSERT INTO "evaluation" VALUES(36,'e4982e5f0133c6e7','c768b67ed26e7c00',100,0,'{"val_pckh": 8.9838, "params": 19190, "macs": 2694656, "trained_seed": 0}','[[100, 8.9838]]',2.66375,NULL,'whole',2557358120);
INSERT INTO "evaluation" VALUES(37,'803cb046de8ed758','c768b67ed26e7c00',100,0,'{"val_pckh": 9.1112, "params": 24070, "macs": 3019264, "trained_seed": 0}','[[100, 9.1112]]',2.8125,NULL,'whole',492040434);
INSERT INTO "evaluation" VALUES(38,'6894d8ac1dcd9f73','c768b67ed26e7c00',100,0,'{"val_pckh": 9.3023, "params": 28734, "macs": 3042304, "trained_seed": 0}','[[100, 9.3023]]',3.20625,NULL,'whole',1062584783);
INSERT INTO "evaluation" VALUES(39,'d7f26c59fd3f91f6','c768b67ed26e7c00',100,0,'{"val_pckh": 8.3147, "params": 49474, "macs": 4271360, "trained_seed": 0}','[[100, 8.3147]]',3.06875,NULL,'whole',2042658746);
INSERT INTO "evaluation" VALUES(40,'b75c562065cb31be','c768b67ed26e7c00',100,0,'{"val_pckh": 8.5378, "params": 61358, "macs": 6130688, "trained_seed": 0}','[[100, 8.5378]]',3.96875,NULL,'whole',2589387056);
INSERT INTO "evaluation" VALUES(41,'79e1edb33c906390','c768b67ed26e7c00',100,0,'{"val_pckh": 8.92, "params": 28950, "macs": 3317248, "trained_seed": 0}','[[100, 8.92]]',2.71625,NULL,'whole',2647685328);
INSERT INTO "evaluation" VALUES(42,'6894d8ac1dcd9f73','c768b67ed26e7c00',300,0,'{"val_pckh": 11.66, "params": 28734, "macs": 3042304, "trained_seed": 0}','[[100, 9.3023], [200, 10.449], [300, 11.66]]',9.61874999999999857891e+00,NULL,'whole',1297374995);
INSERT INTO "evaluation" VALUES(43,'6d017521bd2b896b','c768b67ed26e7c00',800,0,'{"val_pckh": 17.75792, "test_pckh": 18.60504, "val_pckh_area": 7.47168, "val_loss": 4.36516, "train_loss": 4.37091, "params": 18598, "macs": 3100160, "trained_seed": 0}','[[100, 9.2705], [200, 9.4298], [300, 11.915], [400, 12.647], [500, 15.483], [600, 15.419], [700, 16.247], [800, 16.311]]',23.86,NULL,'whole',2486815431);
INSERT INTO "evaluation" VALUES(44,'cb40f74ff1e94f54','c768b67ed26e7c00',800,0,'{"val_pckh": 17.3355, "test_pckh": 17.62757, "val_pckh_area": 7.3232, "val_loss": 4.44312, "train_loss": 4.44612, "params": 15254, "macs": 2458112, "trained_seed": 0}','[[100, 8.251], [200, 9.812], [300, 10.959], [400, 12.169], [500, 13.157], [600, 13.762], [700, 14.399], [800, 14.877]]',22.21,NULL,'whole',1789493139);
INSERT INTO "evaluation" VALUES(45,'eca4deb1eac3957c','c768b67ed26e7c00',800,0,'{"val_pckh": 16.75061, "test_pckh": 18.04175, "val_pckh_area": 7.04178, "val_loss": 4.41955, "train_loss": 4.42402, "params": 16942, "macs": 3000320, "trained_seed": 0}','[[100, 8.8245], [200, 10.545], [300, 12.233], [400, 12.424], [500, 13.189], [600, 14.622], [700, 14.399], [800, 14.622]]',21.53,NULL,'whole',989795875);
CREATE TABLE genotype (
	"key" VARCHAR(16) NOT NULL, 
	space VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	CONSTRAINT pk_genotype PRIMARY KEY ("key")
);
INSERT INTO "genotype" VALUES('cfd32b7bab7dc49c','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k7_e6,s2b2=skip,s3b1=k5_e6,w1=200,w2=200,w3=100');
INSERT INTO "genotype" VALUES('bba71fb98ae815c3','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k3_e3,s3b1=k5_e6,w1=50,w2=50,w3=100');
INSERT INTO "genotype" VALUES('3cb10a4e2695e0a0','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k3_e3,s3b1=k5_e6,w1=200,w2=50,w3=200');
INSERT INTO "genotype" VALUES('e953accd0ce95a8c','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=k7_e6,s3b1=k5_e6,w1=100,w2=50,w3=200');
INSERT INTO "genotype" VALUES('b63486a80cfa2837','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=k3_e3,s3b1=k3_e3,w1=100,w2=100,w3=200');
INSERT INTO "genotype" VALUES('80c44507e8b392b7','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=skip,s3b1=k3_e3,w1=50,w2=100,w3=100');
INSERT INTO "genotype" VALUES('24edb5cc26dc82c9','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=k7_e6,s3b1=k3_e3,w1=100,w2=100,w3=100');
INSERT INTO "genotype" VALUES('4077c12076433c6b','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=skip,s3b1=k5_e6,w1=100,w2=100,w3=200');
INSERT INTO "genotype" VALUES('5ac02aa293e569f7','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=k3_e3,s3b1=k5_e6,w1=200,w2=200,w3=50');
INSERT INTO "genotype" VALUES('082a3497f5b35433','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k7_e6,s2b2=k7_e6,s3b1=k3_e3,w1=100,w2=50,w3=50');
INSERT INTO "genotype" VALUES('4f9be41f52f7ed5f','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k3_e3,s3b1=k3_e3,w1=100,w2=200,w3=200');
INSERT INTO "genotype" VALUES('a121853586792ed5','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=k3_e3,s3b1=k3_e3,w1=100,w2=200,w3=200');
INSERT INTO "genotype" VALUES('e34ab504c931c675','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=skip,s3b1=k3_e3,w1=100,w2=200,w3=100');
INSERT INTO "genotype" VALUES('c00c5a4038ace709','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k3_e3,s3b1=k3_e3,w1=200,w2=200,w3=100');
INSERT INTO "genotype" VALUES('53a9f36bf6b93d69','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=k3_e3,s3b1=k3_e3,w1=200,w2=200,w3=50');
INSERT INTO "genotype" VALUES('4c522321eb56f4f9','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k3_e3,s3b1=k3_e3,w1=50,w2=200,w3=100');
INSERT INTO "genotype" VALUES('f9397a09705b34d0','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k3_e3,s3b1=k3_e3,w1=200,w2=100,w3=100');
INSERT INTO "genotype" VALUES('2bd66b3b481dcd2d','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=skip,s3b1=k3_e3,w1=100,w2=100,w3=100');
INSERT INTO "genotype" VALUES('6d161b5c754f35ac','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k7_e6,s2b2=k3_e3,s3b1=k3_e3,w1=100,w2=50,w3=50');
INSERT INTO "genotype" VALUES('0ea892c792542813','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=skip,s3b1=k3_e3,w1=200,w2=50,w3=50');
INSERT INTO "genotype" VALUES('bf4dd9af23e3b169','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=skip,s3b1=k5_e6,w1=200,w2=50,w3=50');
INSERT INTO "genotype" VALUES('fcd3ee3f2b7f9840','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=skip,s3b1=k5_e6,w1=200,w2=100,w3=50');
INSERT INTO "genotype" VALUES('a0d6efebad934358','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=skip,s3b1=k3_e3,w1=200,w2=100,w3=50');
INSERT INTO "genotype" VALUES('8db0ec29b2d41885','hrnet','hrnet:blocks=1,bottlenecks=1,stage3=1,stage4=1,stem=16,width=8');
INSERT INTO "genotype" VALUES('7c3df7f2658af519','hrnet','hrnet:blocks=2,bottlenecks=1,stage3=1,stage4=1,stem=32,width=16');
INSERT INTO "genotype" VALUES('8f152a26fd78d1d4','simplebaseline','simplebaseline:base=8,depth=26,filters=32');
INSERT INTO "genotype" VALUES('d1e0e28344b02bc8','simplebaseline','simplebaseline:base=16,depth=50,filters=64');
INSERT INTO "genotype" VALUES('ade397a94cce81f1','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=skip,s3b1=k3_e3,w1=50,w2=50,w3=50');
INSERT INTO "genotype" VALUES('7e825cc4a3a40f35','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k7_e6,s3b1=k5_e6,w1=200,w2=200,w3=200');
INSERT INTO "genotype" VALUES('803cb046de8ed758','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=skip,s3b1=k3_e3,w1=50,w2=100,w3=100');
INSERT INTO "genotype" VALUES('6894d8ac1dcd9f73','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k7_e6,s2b2=k7_e6,s3b1=k3_e3,w1=100,w2=50,w3=100');
INSERT INTO "genotype" VALUES('e4982e5f0133c6e7','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=skip,s3b1=k3_e3,w1=50,w2=200,w3=50');
INSERT INTO "genotype" VALUES('d7f26c59fd3f91f6','efficientpose_micro','efficientpose_micro:s1b1=k3_e3,s2b1=k3_e3,s2b2=k7_e6,s3b1=k3_e3,w1=100,w2=100,w3=200');
INSERT INTO "genotype" VALUES('b75c562065cb31be','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=skip,s3b1=k5_e6,w1=200,w2=100,w3=200');
INSERT INTO "genotype" VALUES('79e1edb33c906390','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=skip,s3b1=k3_e3,w1=50,w2=200,w3=100');
INSERT INTO "genotype" VALUES('9b6758e7e898c314','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k7_e6,s2b2=k7_e6,s3b1=k5_e6,w1=50,w2=50,w3=50');
INSERT INTO "genotype" VALUES('6d017521bd2b896b','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=skip,s3b1=k5_e6,w1=200,w2=50,w3=50');
INSERT INTO "genotype" VALUES('cb40f74ff1e94f54','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=skip,s3b1=k5_e6,w1=50,w2=50,w3=50');
INSERT INTO "genotype" VALUES('eca4deb1eac3957c','efficientpose_micro','efficientpose_micro:s1b1=k5_e6,s2b1=k3_e3,s2b2=skip,s3b1=k3_e3,w1=200,w2=50,w3=50');
CREATE TABLE proposal (
	id INTEGER NOT NULL, 
	genotype_key VARCHAR(16) NOT NULL, 
	protocol_key VARCHAR NOT NULL, 
	fidelity BIGINT NOT NULL, 
	seed BIGINT NOT NULL, 
	schedule VARCHAR NOT NULL, 
	call BLOB NOT NULL, 
	versions VARCHAR NOT NULL, 
	lease_seconds DOUBLE NOT NULL, 
	owner VARCHAR, 
	beat INTEGER NOT NULL, 
	error BLOB, 
	CONSTRAINT pk_proposal PRIMARY KEY (id), 
	CONSTRAINT uq_proposal_genotype_key UNIQUE (genotype_key, protocol_key, fidelity, seed, schedule)
);
INSERT INTO "proposal" VALUES(1,'ade397a94cce81f1','c768b67ed26e7c00',800,5,'whole',X'63616C6C','nasbench-pose 0.2.0, torch 2.13.0',60.0,NULL,0,NULL);
CREATE TABLE "protocol" (
	"key" VARCHAR NOT NULL, 
	text VARCHAR, 
	checksum BIGINT NOT NULL, 
	CONSTRAINT pk_protocol PRIMARY KEY ("key")
);
INSERT INTO "protocol" VALUES('c768b67ed26e7c00','{"protocol":{"augmentation":{"colour":0,"flip":0.5,"rotation_deg":0,"scale":0,"translate":0},"average":0,"batch":16,"data":"lspet","decoder":"quarter","digests":["5fad9d7e2f6b4591","6339c2287091b292","23228a18071761ed"],"flip_test":true,"input":[64,64],"learning_rate":0.01,"loss":"spatial_cross_entropy","metric":"PCKh@0.5","optimizer":"adamw","schedule":"cosine","seeds":"one seed draws the weights, the batches and the augmentation","sigma":0.7,"steps":800,"stride":4,"version":1,"weight_decay":0.01},"seeds":"a seed that a genotype was not trained with is answered by one of those it was: by its number, counting round","sha256":"2ade7229b25786093b25174ddf2f8ccde5f9f0648646c9e3a1a4b3ec6eeb4e60","table":"bench_efficientpose_micro_lspet"}',3098505461);
INSERT INTO "protocol" VALUES('p',NULL,2797001948);
CREATE TABLE "run" (
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
	checksum BIGINT NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT uq_run_identity UNIQUE (identity), 
	CONSTRAINT fk_run_protocol_key FOREIGN KEY(protocol_key) REFERENCES protocol ("key")
);
INSERT INTO "run" VALUES(1,'0ad33b74f0ac7c1d','random','{}','efficientpose_micro','33b16e647abaaa0b',0,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',6,'2026-11-29T02:00:20+00:00','{"python": "3.11.7", "nasbench-pose": "0.2.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','becb55fb66f061a70a0022f3395628b9ea3c1993-dirty','nasbench-pose compare efficientpose_micro',934823592);
INSERT INTO "run" VALUES(2,'070bb5af36c448e3','random','{}','efficientpose_micro','33b16e647abaaa0b',1,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',6,'2026-11-29T02:00:21+00:00','{"python": "3.11.7", "nasbench-pose": "0.2.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','becb55fb66f061a70a0022f3395628b9ea3c1993-dirty','nasbench-pose compare efficientpose_micro',1448842385);
INSERT INTO "run" VALUES(3,'ce9a8cef14b05ded','evolution','{"population": 3, "sample": 2}','efficientpose_micro','33b16e647abaaa0b',0,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',6,'2026-11-29T02:00:21+00:00','{"python": "3.11.7", "nasbench-pose": "0.2.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','becb55fb66f061a70a0022f3395628b9ea3c1993-dirty','nasbench-pose compare efficientpose_micro',354033947);
INSERT INTO "run" VALUES(4,'5c2c5bc7b3bba312','evolution','{"population": 3, "sample": 2}','efficientpose_micro','33b16e647abaaa0b',1,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',6,'2026-11-29T02:00:22+00:00','{"python": "3.11.7", "nasbench-pose": "0.2.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','becb55fb66f061a70a0022f3395628b9ea3c1993-dirty','nasbench-pose compare efficientpose_micro',2360912205);
INSERT INTO "run" VALUES(5,'9f3e9a7615372c49','baselines','{}','efficientpose_micro','33b16e647abaaa0b',0,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',4,'2026-11-29T02:00:22+00:00','{"python": "3.11.7", "nasbench-pose": "0.2.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','becb55fb66f061a70a0022f3395628b9ea3c1993-dirty','nasbench-pose compare efficientpose_micro',1200173014);
INSERT INTO "run" VALUES(6,'a0fca2d1d2d8d755','baselines','{}','efficientpose_micro','33b16e647abaaa0b',1,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',4,'2026-11-29T02:00:22+00:00','{"python": "3.11.7", "nasbench-pose": "0.2.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','becb55fb66f061a70a0022f3395628b9ea3c1993-dirty','nasbench-pose compare efficientpose_micro',664621049);
INSERT INTO "run" VALUES(7,'8c127ca087f6871a','darts','{"steps": 40}','efficientpose_micro','33b16e647abaaa0b',0,'p',800,'["val_pckh:max", "macs"]',3,'2026-11-29T02:00:23+00:00','{"python": "3.11.7", "nasbench-pose": "0.2.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','becb55fb66f061a70a0022f3395628b9ea3c1993-dirty','nasbench-pose compare efficientpose_micro',3377922888);
INSERT INTO "run" VALUES(8,'224f601994f747dd','asha','{"parallel": 3}','efficientpose_micro','33b16e647abaaa0b',0,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',7,'2026-11-29T08:43:35+00:00','{"python": "3.11.7", "nasbench-pose": "0.2.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','d47ee3b4d65c58c05fb3ca61e7662f79ad9308ff-dirty','compare efficientpose_micro',774446676);
INSERT INTO "run" VALUES(9,'430ab748f21a41e7','local','{}','efficientpose_micro','33b16e647abaaa0b',0,'c768b67ed26e7c00',800,'["val_pckh:max", "macs"]',3,'2026-11-29T18:04:01+00:00','{"python": "3.11.7", "nasbench-pose": "0.2.0", "torch": "2.13.0+cpu", "numpy": "2.4.6"}','{"cpu": "AMD EPYC", "cores": 2, "os": "Linux-6.18.44-fc-v657-x86_64-with-glibc2.36"}','008491fecbda6f7a73db0e43a2948c88fd863806-dirty','/tmp/rates/freeze.py',55408714);
CREATE TABLE schema_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT schema_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "schema_version" VALUES('0007');
CREATE TABLE "step" (
	run_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	evaluation_id INTEGER NOT NULL, 
	ask_seconds DOUBLE NOT NULL, 
	ask_number INTEGER, 
	start_seconds DOUBLE, 
	end_seconds DOUBLE, 
	checksum BIGINT NOT NULL, 
	CONSTRAINT pk_step PRIMARY KEY (run_id, number), 
	CONSTRAINT fk_step_run_id FOREIGN KEY(run_id) REFERENCES run (id), 
	CONSTRAINT fk_step_evaluation_id FOREIGN KEY(evaluation_id) REFERENCES evaluation (id)
);
INSERT INTO "step" VALUES(1,1,1,2.05467999876418616622e-04,NULL,NULL,NULL,3141138086);
INSERT INTO "step" VALUES(1,2,2,1.4018099955137586221e-04,NULL,NULL,NULL,2908140053);
INSERT INTO "step" VALUES(1,3,3,3.54330004483927041292e-05,NULL,NULL,NULL,2097116725);
INSERT INTO "step" VALUES(1,4,4,2.53380003414349630475e-05,NULL,NULL,NULL,212567157);
INSERT INTO "step" VALUES(1,5,5,2.10320004043751396238e-05,NULL,NULL,NULL,1784654854);
INSERT INTO "step" VALUES(1,6,6,2.36050000239629298448e-05,NULL,NULL,NULL,3209205298);
INSERT INTO "step" VALUES(2,1,7,2.42731270000149379484e-02,NULL,NULL,NULL,1245770221);
INSERT INTO "step" VALUES(2,2,8,1.78017000507679767906e-04,NULL,NULL,NULL,682837311);
INSERT INTO "step" VALUES(2,3,9,3.45919997926102951169e-05,NULL,NULL,NULL,2042070851);
INSERT INTO "step" VALUES(2,4,10,2.21330001295427791774e-05,NULL,NULL,NULL,1552814089);
INSERT INTO "step" VALUES(2,5,11,1.85280005098320543766e-05,NULL,NULL,NULL,356606105);
INSERT INTO "step" VALUES(2,6,12,1.9007999981113243848e-05,NULL,NULL,NULL,2718090024);
INSERT INTO "step" VALUES(3,1,13,1.8646999978955136612e-04,NULL,NULL,NULL,4108438319);
INSERT INTO "step" VALUES(3,2,14,1.49665000208187848329e-04,NULL,NULL,NULL,746521669);
INSERT INTO "step" VALUES(3,3,15,4.08409996452974155545e-05,NULL,NULL,NULL,3293531122);
INSERT INTO "step" VALUES(3,4,16,7.60240000090561807155e-05,NULL,NULL,NULL,896122988);
INSERT INTO "step" VALUES(3,5,17,3.91180001315660774707e-05,NULL,NULL,NULL,3568873298);
INSERT INTO "step" VALUES(3,6,14,1.60370000230614095926e-04,NULL,NULL,NULL,3100850846);
INSERT INTO "step" VALUES(4,1,18,1.742009999361471273e-04,NULL,NULL,NULL,3561999535);
INSERT INTO "step" VALUES(4,2,19,1.57917000251472927629e-04,NULL,NULL,NULL,30462842);
INSERT INTO "step" VALUES(4,3,20,4.15429994973237626254e-05,NULL,NULL,NULL,937463033);
INSERT INTO "step" VALUES(4,4,21,8.41159999254159629344e-05,NULL,NULL,NULL,5129523);
INSERT INTO "step" VALUES(4,5,22,3.27490006384323351085e-05,NULL,NULL,NULL,670516114);
INSERT INTO "step" VALUES(4,6,23,2.4856999516487121582e-05,NULL,NULL,NULL,59732007);
INSERT INTO "step" VALUES(5,1,24,1.04949995147762820124e-05,NULL,NULL,NULL,601051892);
INSERT INTO "step" VALUES(5,2,25,9.74500017036916688084e-06,NULL,NULL,NULL,1152830186);
INSERT INTO "step" VALUES(5,3,26,3.15400029649026691913e-06,NULL,NULL,NULL,567484426);
INSERT INTO "step" VALUES(5,4,27,2.46399940806441e-06,NULL,NULL,NULL,3316164763);
INSERT INTO "step" VALUES(6,1,28,9.56500025495188310742e-06,NULL,NULL,NULL,1875558955);
INSERT INTO "step" VALUES(6,2,29,8.47299997985828667879e-06,NULL,NULL,NULL,4109558342);
INSERT INTO "step" VALUES(6,3,30,2.62400044448440894484e-06,NULL,NULL,NULL,1480419799);
INSERT INTO "step" VALUES(6,4,31,2.51399978878907859325e-06,NULL,NULL,NULL,1121830884);
INSERT INTO "step" VALUES(7,1,32,0.25,NULL,NULL,NULL,2509814594);
INSERT INTO "step" VALUES(7,2,33,0.25,NULL,NULL,NULL,195607880);
INSERT INTO "step" VALUES(8,1,36,5.79170000000184259647e-05,3,0.0,2.66375,365245939);
INSERT INTO "step" VALUES(8,2,37,2.34131000000026290308e-04,1,0.0,2.8125,3496682996);
INSERT INTO "step" VALUES(8,3,38,1.6117199999998721438e-04,2,0.0,3.20625,3791508054);
INSERT INTO "step" VALUES(8,4,39,3.37709999999047383312e-05,4,2.66375,5.7325,978101967);
INSERT INTO "step" VALUES(8,5,40,2.43770000000198550083e-05,5,2.8125,6.78125,1731399160);
INSERT INTO "step" VALUES(8,6,41,4.16530000000303601837e-05,7,5.7325,8.44875,1270706604);
INSERT INTO "step" VALUES(8,7,42,7.13569999999386084255e-05,6,3.20625,9.61874999999999857891e+00,1796897402);
INSERT INTO "step" VALUES(9,1,43,3.51447999999976445906e-04,NULL,NULL,NULL,3228813760);
INSERT INTO "step" VALUES(9,2,44,2.1462000000083136797e-05,NULL,NULL,NULL,2531851635);
INSERT INTO "step" VALUES(9,3,45,2.59390000001413767449e-05,NULL,NULL,NULL,2025828906);
CREATE TABLE training (
	genotype_key VARCHAR(16) NOT NULL, 
	protocol_key VARCHAR NOT NULL, 
	seed BIGINT NOT NULL, 
	title VARCHAR NOT NULL, 
	done BIGINT NOT NULL, 
	total BIGINT NOT NULL, 
	loss DOUBLE, 
	curve JSON NOT NULL, 
	seen VARCHAR NOT NULL, 
	CONSTRAINT pk_training PRIMARY KEY (genotype_key, protocol_key, seed)
);
INSERT INTO "training" VALUES('ade397a94cce81f1','c768b67ed26e7c00',5,'micro-smallest',3,8,1.5,'[[1, 2.0]]','2026-11-29T12:47:19+00:00');
CREATE INDEX ix_genotype_space ON genotype (space);
CREATE INDEX ix_step_evaluation_id ON step (evaluation_id);
COMMIT;
