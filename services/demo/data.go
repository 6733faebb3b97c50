package demo

import (
	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// All names in this file are made up.

// firms are the firms of the story, each with the demands of the set that it posts.
var firms = []struct{ name, demands string }{
	{"严州钙业有限公司", "D001 D002 D003 D004 D005 D006 D100"},
	{"新安江硅材料有限公司", "D007 D008 D009 D010 D011 D012"},
	{"洋溪电力设备有限公司", "D013 D014 D015 D016 D017 D083 D084 D091 D092"},
	{"寿昌航空部件有限公司", "D018 D019 D020 D021 D022 D023"},
	{"杨村桥草莓科技有限公司", "D024 D025 D026 D027"},
	{"三都农业发展有限公司", "D028 D029 D030 D031 D032 D093 D097"},
	{"莲花食品有限公司", "D033 D034 D035 D036 D086"},
	{"钦堂新材料有限公司", "D037 D038 D039 D096 D098"},
	{"梅城橡胶制品有限公司", "D040 D041"},
	{"大同五金工具有限公司", "D042 D043 D044 D045 D046 D081"},
	{"乾潭家纺有限公司", "D047 D048 D049 D050 D051"},
	{"大洲建材有限公司", "D052 D053 D054 D055"},
	{"更楼精细化工有限公司", "D056 D057 D058 D059 D060 D080"},
	{"更楼制药有限公司", "D087 D088 D089 D094"},
	{"下涯香料有限公司", "D061 D062 D063"},
	{"大慈岩环保科技有限公司", "D064 D065 D066 D067 D068 D090"},
	{"航头机电有限公司", "D069 D079 D082 D085 D099"},
	{"李家数控装备有限公司", "D074 D075 D077 D078"},
	{"三都换热技术有限公司", "D076"},
	{"梅城医疗器械有限公司", "D070 D071 D072 D073 D095"},
}

// auctioned are the achievements of the year's auctions 成果拍卖, which are not of the set: what is sold is not offered any more.
var auctioned = [...]struct {
	title string
	field pb.TechnologyField
}{
	{"一种高白度超细碳酸钙制备方法", pb.TechnologyField_NEW_MATERIALS},
	{"有机硅废触媒铜回收方法", pb.TechnologyField_ENVIRONMENT},
	{"农产品近红外快速检测模型", pb.TechnologyField_AGRICULTURE},
	{"电机故障声纹识别算法", pb.TechnologyField_ELECTRONIC_INFORMATION},
	{"可降解地膜专用料配方", pb.TechnologyField_AGRICULTURE},
	{"换热板片强化传热结构", pb.TechnologyField_NEW_ENERGY},
	{"骨科植入物表面活性涂层", pb.TechnologyField_BIOMEDICINE},
	{"桥梁索力无线监测装置", pb.TechnologyField_TRANSPORT},
	{"多旋翼飞行器电池快换机构", pb.TechnologyField_AEROSPACE},
}

// solvers are three universities and an institute.
var solvers = []struct {
	name string
	kind pb.Organization_Kind
}{
	{"之江理工大学", pb.Organization_UNIVERSITY},
	{"钱塘科技大学", pb.Organization_UNIVERSITY},
	{"东海工业大学", pb.Organization_UNIVERSITY},
	{"富春江新材料研究院", pb.Organization_INSTITUTE},
}

const broker = "严陵技术转移有限公司"

// owners are the owners of the set's achievements and profiles, by their names there, as the story calls them.
var owners = map[string]string{
	"示范大学甲": "之江理工大学", "示范大学丁": "之江理工大学", "示范大学乙": "钱塘科技大学", "示范大学丙": "东海工业大学", "示范大学戊": "东海工业大学",
	"示范研究院甲": "富春江新材料研究院", "示范研究院乙": "富春江新材料研究院", "示范研究院丙": "富春江新材料研究院", "示范研究院丁": "富春江新材料研究院",
	"示范农科院甲": "东海工业大学", "示范企业甲": "下涯香料有限公司", "示范企业乙": "航头机电有限公司",
	"示范技术转移中心甲": broker, "示范技术转移中心乙": broker,
}
